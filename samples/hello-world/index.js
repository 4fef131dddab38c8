// CommonJS, the plainest function there is: a request in, an answer out.
exports.helloWorld = (req, res) => {
  res.send(`Hello, ${req.query.name ?? 'World'}!\n`);
};
