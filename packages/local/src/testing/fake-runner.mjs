import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';

const behaviour = process.env.FAKE_BEHAVIOUR;
if (behaviour === 'succeed' || behaviour === 'fail') {
  writeFileSync(process.env.OFN_RESULT, JSON.stringify({ ok: behaviour === 'succeed' }));
  process.exit(behaviour === 'succeed' ? 0 : 3);
}
if (behaviour === 'hang') setInterval(() => {}, 60_000);
if (behaviour === 'serve') {
  process.stdout.write('one\ntwo\nthree\n');
  createServer((request, response) => response.end(JSON.stringify({ state: 'Fresh' }))).listen(
    process.env.OFN_CONTROL.slice('unix:'.length),
  );
}
if (behaviour === 'read') {
  let found = 'hidden';
  try {
    found = readFileSync(process.env.FAKE_TARGET, 'utf8');
  } catch {
    // What a sandbox is for.
  }
  writeFileSync(process.env.OFN_RESULT, found);
}
if (behaviour === 'eat') {
  const eaten = [];
  setInterval(() => eaten.push(Buffer.alloc(8 * 2 ** 20, 1)), 5);
}
