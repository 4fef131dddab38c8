export const helloWorld = (req, res) => res.send(`Hello, ${req.query.u || 'World'}!`);
