// Tells what of a request reached it, and what reached it so far.
const { http } = require('@openfunction/functions-framework');

const seen = [];
const answer = (req, res) => {
  seen.push(`${req.method} ${req.path} ${req.rawBody ?? ''}`);
  res.set('x-inner', 'secret');
  res.json({ version: process.env.VERSION, path: req.path, host: req.get('host'), team: req.get('x-team'), id: req.params.id });
};

http('order', answer, { path: '/orders/:id' });
http('routed', answer);
http('seen', (req, res) => res.json(seen), { path: '/seen' });
