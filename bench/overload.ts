import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { startPlatform, type Platform } from './platform/platform.ts';
import { end, freePort, median, pssBytes } from './processes.ts';
import type { Result } from './result.ts';

const ask = promisify(execFile);
const slots = 50;
const awaitMs = 20;
const rounds = 3;
const mebibyte = 1_048_576;
const longestGrowth = 256 * mebibyte;
const source = `exports.bench = async (req, res) => {
  await new Promise((done) => setTimeout(done, ${awaitMs}));
  res.json({ bytes: req.rawBody?.length ?? 0 });
};`;

interface Load {
  perSecond: number;
  /** Status → how many. */
  statuses: Map<number, number>;
  errors: string;
}

/**
 * 500 callers at once on a function whose one instance takes 50, beside what 50 callers get of it (the peak); without a body and
 * with 1 MiB each; and nginx before a bare node:http server with the same limit.
 */
export async function run(_options: { json: boolean }): Promise<Result[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'bo-'));
  const children: ChildProcess[] = [];
  const platform = await startPlatform({ poolSize: 1 });
  try {
    const image = await platform.artifact(source);
    const serving = { triggers: { http: { port: 8080 } }, scaleOptions: { minReplicas: 1, maxReplicas: 1 }, containerConcurrency: slots };
    await platform.apply('busy', { image, serving });
    const nginx = await startNginx(folder, children);
    const ours = { url: platform.state.gateway!, host: 'busy.bench.localhost' };
    const results: Result[] = [];
    for (const bytes of [0, mebibyte]) {
      const name = bytes === 0 ? 'no body' : '1 MiB bodies';
      const load = (target: Target, callers: number): Promise<Load> => measure({ folder, target, callers, bytes });
      const grown = await growth(platform, async () => {
        const peak: number[] = [];
        const goodput: number[] = [];
        const peer: number[] = [];
        for (let round = 0; round < rounds; round++) {
          peak.push(good(await load(ours, slots)));
          const over = await load(ours, 500);
          goodput.push(good(over));
          expectOnly(over, [200, 429, 503]);
          peer.push(good(await load(nginx, 500)));
        }
        const ratio = median(goodput) / median(peak);
        results.push({
          name: `goodput of 500 callers, ${name} (peak ${Math.round(median(peak))}, nginx ${Math.round(median(peer))})`,
          value: Math.round(median(goodput)),
          unit: 'requests/s',
          must: '>= 0.9 x peak',
          peer: Math.round(median(peak)),
          ratio: Math.round(ratio * 100) / 100,
          ok: ratio >= 0.9,
        });
      });
      results.push({
        name: `most memory that the gateway gained, ${name}`,
        value: Math.round(grown / mebibyte),
        unit: 'MiB',
        must: `<= ${longestGrowth / mebibyte} MiB`,
        peer: longestGrowth / mebibyte,
        ratio: Math.round((grown / longestGrowth) * 100) / 100,
        ok: grown <= longestGrowth,
      });
    }
    return results;
  } finally {
    await platform.close();
    for (const child of children) await end(child, 'SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Target {
  url: string;
  host: string;
}

async function measure({
  folder,
  target,
  callers,
  bytes,
}: {
  folder: string;
  target: Target;
  callers: number;
  bytes: number;
}): Promise<Load> {
  const script = path.join(folder, 'load.lua');
  writeFileSync(
    script,
    `wrk.headers["Host"] = "${target.host}"
${bytes > 0 ? `wrk.method = "POST"; wrk.headers["Content-Type"] = "application/octet-stream"; wrk.body = string.rep("x", ${bytes})` : ''}
local threads = {}
function setup(thread) table.insert(threads, thread) end
function init() counts = {} end
function response(status) counts[status] = (counts[status] or 0) + 1 end
function done()
  for _, thread in ipairs(threads) do
    for status, count in pairs(thread:get("counts")) do print("STATUS", status, count) end
  end
end`,
  );
  const { stdout } = await ask('wrk', [
    '-t1',
    `-c${callers}`,
    `-d${bytes > 0 ? 20 : 4}s`,
    '--timeout',
    '30s',
    '-s',
    script,
    `${target.url}/`,
  ]);
  const statuses = new Map([...stdout.matchAll(/^STATUS\t(\d+)\t(\d+)/gm)].map(([, status, count]) => [Number(status), Number(count)]));
  const perSecond = Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]);
  return { perSecond, statuses, errors: /Socket errors: .*/.exec(stdout)?.[0] ?? '' };
}

function good({ perSecond, statuses }: Load): number {
  const all = [...statuses.values()].reduce((sum, count) => sum + count, 0);
  if (all === 0) throw new Error('Nobody was answered: this machine is too busy for the benchmark.');
  return (perSecond * (statuses.get(200) ?? 0)) / all;
}

function expectOnly({ statuses, errors }: Load, allowed: readonly number[]): void {
  const others = [...statuses.keys()].filter((status) => !allowed.includes(status));
  if (others.length > 0 || errors !== '') throw new Error(`Callers saw ${others.join(', ') || 'no other status'}; ${errors}`);
}

/** Bytes by which the gateway's memory was above what it was before, at most. */
async function growth({ state }: Platform, happens: () => Promise<void>): Promise<number> {
  const pid = state.parts['gateway']!.pid!;
  const before = pssBytes(pid);
  let most = before;
  const timer = setInterval(() => (most = Math.max(most, pssBytes(pid))), 100);
  await happens().finally(() => clearInterval(timer));
  return most - before;
}

/** nginx before a server that answers as the function does. */
async function startNginx(folder: string, children: ChildProcess[]): Promise<Target> {
  const [port, upstream] = [await freePort(), await freePort()];
  const server = `require('node:http').createServer((req, res) => {
    let bytes = 0;
    req.on('data', (chunk) => (bytes += chunk.length)).on('end', () => setTimeout(() => res.end(JSON.stringify({ bytes })), ${awaitMs}));
  }).listen(${upstream}, '127.0.0.1')`;
  children.push(spawn(process.execPath, ['-e', server], { stdio: 'inherit' }));
  const config = path.join(folder, 'nginx.conf');
  writeFileSync(
    config,
    `${process.getuid?.() === 0 ? 'user root; ' : ''}daemon off; pid ${folder}/nginx.pid; error_log /dev/null; worker_processes 1; events { worker_connections 2048; }
http { access_log off; client_max_body_size 2m; client_body_temp_path ${folder}; proxy_temp_path ${folder}; fastcgi_temp_path ${folder}; uwsgi_temp_path ${folder}; scgi_temp_path ${folder};
upstream u { server 127.0.0.1:${upstream}; keepalive ${slots}; }
server { listen 127.0.0.1:${port}; location / { proxy_pass http://u; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_request_buffering off; } } }`,
  );
  children.push(spawn('nginx', ['-c', config, '-e', '/dev/null', '-p', folder], { stdio: 'inherit' }));
  for (const each of [port, upstream]) await listening(each);
  return { url: `http://127.0.0.1:${port}`, host: '127.0.0.1' };
}

async function listening(port: number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const socket = connect(port, '127.0.0.1');
    const isThere = await new Promise<boolean>((done) => socket.once('connect', () => done(true)).once('error', () => done(false)));
    socket.destroy();
    if (isThere) return;
    await sleep(50);
  }
  throw new Error(`Nothing listens on port ${port}.`);
}
