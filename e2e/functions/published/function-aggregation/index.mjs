const ask = async (name) => (await fetch(`http://${name}.default.svc.cluster.local/`)).text();

export const aggregate = async (req, res) => res.json(await Promise.all(['sample-esm', 'sample-commonjs'].map(ask)));
