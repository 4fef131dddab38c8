import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { cpuSeconds, end, freePort, median } from './processes.ts';
import type { Result } from './result.ts';
import { startInstance } from './runner/instance.ts';

const execute = promisify(execFile);
const rounds = 9;
const google = createRequire(import.meta.url).resolve('@google-cloud/functions-framework');
const hello = `exports.hello = (req, res) => res.json({ hello: 'world' });`;
const bare = `
const { createServer } = require('node:http');
const server = createServer((req, res) => {
  const body = JSON.stringify({ hello: 'world' });
  res.writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(body) });
  res.end(body);
});
server.listen(Number(process.argv[2]), '127.0.0.1');`;
// What each of them says it is for; Google's is slower without it.
const env = { PATH: process.env['PATH'] ?? '', NODE_ENV: 'production' };

interface Served {
  url: string;
  pid: number;
  rates: number[];
}

/** Requests per CPU-second of the server's process: a loaded runner beside bare node:http and Google's framework. */
export async function run(_options: { json: boolean }): Promise<Result[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'bench-runner-'));
  const children: ChildProcess[] = [];
  try {
    writeFileSync(path.join(folder, 'index.js'), hello);
    writeFileSync(path.join(folder, 'bare.js'), bare);
    const ports = [await freePort(), await freePort(), await freePort()] as const;
    const runner = await startInstance({ folder, traffic: `tcp:127.0.0.1:${ports[0]}`, env });
    children.push(runner.child);
    await runner.load(hello);
    const start = (args: string[]): ChildProcess => {
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'], env });
      children.push(child);
      return child;
    };
    start([path.join(folder, 'bare.js'), String(ports[1])]);
    start([path.join(path.dirname(google), 'main.js'), '--target=hello', `--source=${folder}`, `--port=${ports[2]}`]);
    const servers: Served[] = [];
    for (const [index, port] of ports.entries()) servers.push(await ready(`http://127.0.0.1:${port}/`, children[index]!));
    for (const one of servers) await measure(one);
    for (let round = 0; round < rounds; round++) for (const one of servers) one.rates.push(await measure(one));
    const [ours, node, framework] = servers as [Served, Served, Served];
    return [
      compared(ours, node, { least: 0.7, name: 'bare node:http' }),
      compared(ours, framework, { least: 6, name: 'functions-framework' }),
    ];
  } finally {
    for (const child of children) await end(child);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The ratio of each round, since what else the machine does changes both from round to round. */
function compared(ours: Served, peer: Served, { least, name }: { least: number; name: string }): Result {
  const ratio = median(ours.rates.map((rate, round) => rate / (peer.rates[round] ?? Number.NaN)));
  return {
    name: `runner JSON hello / ${name}`,
    value: Math.round(median(ours.rates)),
    unit: 'requests/CPU-s',
    must: `>= ${least} x ${name}`,
    peer: Math.round(median(peer.rates)),
    ratio: Math.round(ratio * 100) / 100,
    ok: ratio >= least,
  };
}

async function ready(url: string, child: ChildProcess): Promise<Served> {
  // Google's framework prints nothing in production, so readiness is an answer.
  for (;;) {
    const reply = await fetch(url).catch(() => undefined);
    if (reply) {
      const text = await reply.text();
      if (text !== '{"hello":"world"}')
        throw new Error(`The server at ${url} answered ${reply.status} ${text}. Check that its function loads.`);
      return { url, pid: child.pid ?? 0, rates: [] };
    }
    if (child.exitCode !== null)
      throw new Error(`The server at ${url} ended with ${child.exitCode} before it answered. Its output is above.`);
    await setTimeout(20);
  }
}

async function measure({ url, pid }: Served): Promise<number> {
  const before = cpuSeconds(pid);
  const { stdout } = await execute('wrk', ['-t1', '-c64', '-d2s', url]);
  const used = cpuSeconds(pid) - before;
  if (/Non-2xx|Socket errors/.test(stdout)) throw new Error(`wrk saw errors at ${url}: ${stdout}`);
  return Number(/(\d+) requests in/.exec(stdout)?.[1]) / used;
}
