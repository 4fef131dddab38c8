// Tells which process answers and what it was given, and misbehaves when asked to.
const { randomUUID } = require('node:crypto');

const instance = randomUUID();
const misbehaviour = {
  throw: () => {
    throw new Error('secret of the stack');
  },
  reject: () => Promise.reject(new Error('secret of the stack')),
  exit: () => {
    console.log('last words');
    process.exit(1);
  },
  block: () => {
    for (;;);
  },
  never: () => new Promise(() => {}),
  leak: () => {
    const kept = [];
    for (;;) kept.push(Buffer.alloc(16 * 1024 * 1024, kept.length));
  },
};

exports.probe = async (req, res) => {
  const act = misbehaviour[req.query.do];
  if (act) await act();
  const ms = Number(req.query.sleep ?? 0);
  if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
  const { VERSION, TENANT, SECRET, CONFIG } = process.env;
  res.json({ instance, version: VERSION, tenant: TENANT, secret: SECRET, config: CONFIG });
};
