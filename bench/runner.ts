import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Result } from './result.ts';

const execute = promisify(execFile);
const rounds = 5;
const ours = path.resolve(import.meta.dirname, '../packages/framework-node/src/main.ts');
const google = createRequire(import.meta.url).resolve('@google-cloud/functions-framework');
const hello = `exports.hello = (req, res) => res.json({ hello: 'world' });`;
const bare = `
const { createServer } = require('node:http');
const server = createServer((req, res) => {
  const body = JSON.stringify({ hello: 'world' });
  res.writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(body) });
  res.end(body);
});
server.listen(Number(process.argv[2]), () => console.log('listens'));`;

/** Requests per CPU-second of the server's process: our runner beside bare node:http and Google's framework. */
export async function run(_options: { json: boolean }): Promise<Result[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'bench-runner-'));
  const children: ChildProcess[] = [];
  try {
    writeFileSync(path.join(folder, 'index.js'), hello);
    writeFileSync(path.join(folder, 'bare.js'), bare);
    const cli = (port: number): string[] => ['--target=hello', `--source=${folder}`, `--port=${port}`];
    const commands = [
      (port: number) => ['--conditions=@openfunction/source', ours, ...cli(port)],
      (port: number) => [path.join(folder, 'bare.js'), String(port)],
      (port: number) => [path.join(path.dirname(google), 'main.js'), ...cli(port)],
    ];
    const servers: { url: string; pid: number; rates: number[] }[] = [];
    for (const command of commands) servers.push(await start(command, children));
    for (const one of servers) await measure(one);
    for (let round = 0; round < rounds; round++) for (const one of servers) one.rates.push(await measure(one));
    const [value = 0, node = 0, framework = 0] = servers.map((one) => median(one.rates));
    return [
      result({ name: 'runner JSON hello / node', value, peer: node, least: 0.7, of: 'bare node:http' }),
      result({ name: 'runner JSON hello / Google', value, peer: framework, least: 6, of: 'functions-framework' }),
    ];
  } finally {
    for (const child of children) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}

function result({ name, value, peer, least, of }: { name: string; value: number; peer: number; least: number; of: string }): Result {
  return { name, value, unit: 'requests/CPU-s', must: `>= ${least} x ${of}`, peer, ratio: value / peer, ok: value / peer >= least };
}

async function start(
  command: (port: number) => string[],
  children: ChildProcess[],
): Promise<{ url: string; pid: number; rates: number[] }> {
  const port = await freePort();
  const child = spawn(process.execPath, command(port), {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_ENV: 'production' },
  });
  children.push(child);
  const url = `http://127.0.0.1:${port}/`;
  // Google's framework prints nothing in production, so readiness is an answer.
  for (;;) {
    const reply = await fetch(url).catch(() => undefined);
    if (reply) {
      const text = await reply.text();
      if (text !== '{"hello":"world"}')
        throw new Error(`The server at ${url} answered ${reply.status} ${text}. Check that its function loads.`);
      break;
    }
    if (child.exitCode !== null)
      throw new Error(`The server at ${url} ended with ${child.exitCode} before it answered. Its output is above.`);
    await setTimeout(20);
  }
  return { url, pid: child.pid ?? 0, rates: [] };
}

async function measure({ url, pid }: { url: string; pid: number }): Promise<number> {
  const before = cpuSeconds(pid);
  const { stdout } = await execute('wrk', ['-t1', '-c64', '-d2s', url]);
  const used = cpuSeconds(pid) - before;
  if (/Non-2xx|Socket errors/.test(stdout)) throw new Error(`wrk saw errors at ${url}: ${stdout}`);
  return Number(/(\d+) requests in/.exec(stdout)?.[1]) / used;
}

function cpuSeconds(pid: number): number {
  const tasks = readdirSync(`/proc/${pid}/task`);
  return tasks.reduce((sum, task) => sum + Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]), 0) / 1e9;
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
