import { spawn, spawnSync } from 'node:child_process';
import { appendFileSync, ftruncateSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
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
if (behaviour === 'look') {
  const list = (path) => {
    try {
      return readdirSync(path);
    } catch {
      return [];
    }
  };
  writeFileSync('/tmp/left-behind', 'x');
  writeFileSync(
    process.env.OFN_RESULT,
    JSON.stringify({
      capabilities: /CapEff:\s*(\w+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1],
      noNewPrivileges: /NoNewPrivs:\s*(\d)/.exec(readFileSync('/proc/self/status', 'utf8'))[1],
      processes: list('/proc').filter((name) => /^\d+$/.test(name)).length,
      oomScore: Number(readFileSync('/proc/self/oom_score_adj', 'utf8')),
      temporary: list('/tmp'),
      neighbours: list(process.env.FAKE_TARGET),
      environment: Object.keys(process.env).toSorted(),
    }),
  );
}
if (behaviour === 'fork') for (let count = 0; count < 400; count += 1) spawn('/bin/sleep', ['60']).on('error', () => {});
if (behaviour === 'heap') {
  const kept = [];
  for (;;) kept.push(Array.from({ length: 1000 }, (_, index) => ({ index })));
}
if (behaviour === 'fill') {
  const block = Buffer.alloc(4 * 2 ** 20, 1);
  setInterval(() => appendFileSync(`${process.env.OFN_WORK_DIR}/filled`, block), 20);
}
if (behaviour === 'eat') {
  const eaten = [];
  setInterval(() => eaten.push(Buffer.alloc(8 * 2 ** 20, 1)), 5);
}
if (behaviour === 'link-result') symlinkSync(process.env.FAKE_TARGET, process.env.OFN_RESULT);
if (behaviour === 'pipe-result') spawnSync('mkfifo', [process.env.OFN_RESULT]);
if (behaviour === 'long-log') {
  ftruncateSync(1, 8 * 2 ** 40);
  setInterval(() => {}, 60_000);
}
if (behaviour === 'nest') {
  const name = 'd'.repeat(200);
  process.chdir(process.env.OFN_WORK_DIR);
  for (let depth = 0; depth < 25_000; depth += 1) {
    mkdirSync(name);
    process.chdir(name);
  }
}
