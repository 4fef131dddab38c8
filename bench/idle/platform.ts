import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Agent, request, type RequestOptions } from 'node:https';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { layoutArtifacts } from '@openfunction/oci';
import { cpuSeconds, end, pssBytes } from '../processes.ts';
import type { Result } from '../result.ts';
import { round1 } from './runners.ts';

const functions = 10_000;
const writers = 32;
const settleMs = 10_000;
const watchedMs = 60_000;
const mostMiB = 120;
const mostKiB = 25;
const mostCore = 0.005;
const image = 'registry.local/bench/hello:v1';

/** Memory of `ofn up` without functions, and what 10,000 of them that nobody calls add, in memory and in CPU time. */
export async function idlePlatform(data: string): Promise<Result[]> {
  await layoutArtifacts({ dir: path.join(data, 'artifacts') }).put(image, {
    manifest: { runtime: 'node', format: 'cjs', exports: ['hello'], entry: 'index.js' },
    bundle: Buffer.from(`exports.hello = (req, res) => res.json({ hello: 'world' });`),
    assets: new Uint8Array(),
  });
  const platform = up(data);
  try {
    await ready(data, platform);
    await setTimeout(settleMs);
    const parts = partsOf(data, platform);
    const before = total(parts, pssBytes);
    const idleCpu = await cpuOver(parts, watchedMs / 3);
    await create(data);
    await setTimeout(settleMs);
    const after = total(parts, pssBytes);
    const cpu = await cpuOver(parts, watchedMs);
    const each = (after - before) / functions / 1024;
    const [base, added] = [before / 2 ** 20, Math.max(0, cpu - idleCpu)];
    const figure = (value: number, most: number): Pick<Result, 'peer' | 'ratio' | 'ok'> => ({
      peer: most,
      ratio: Math.round((value / most) * 100) / 100,
      ok: value <= most,
    });
    return [
      { name: 'supervisor, control and gateway', value: round1(base), unit: 'MiB', must: `<= ${mostMiB} MiB`, ...figure(base, mostMiB) },
      { name: `each of ${functions} functions`, value: round1(each), unit: 'KiB', must: `<= ${mostKiB} KiB`, ...figure(each, mostKiB) },
      {
        name: `CPU that ${functions} functions add`,
        value: Math.round(added * 1e4) / 1e4,
        unit: 'cores',
        must: `<= ${mostCore} cores`,
        ...figure(added, mostCore),
      },
    ];
  } finally {
    await end(platform, 'SIGTERM');
  }
}

function up(data: string): ChildProcess {
  const entry = path.resolve(import.meta.dirname, '../../apps/cli/dist/main.js');
  if (!existsSync(entry)) throw new Error(`There is no ${entry}. Build first: npm run build.`);
  return spawn(process.execPath, [entry, 'up', '--data', data, '--port', '0'], { stdio: ['ignore', 'ignore', 'inherit'] });
}

interface State {
  gateway?: string;
  api?: string;
  parts: Record<string, { pid?: number; isReady: boolean }>;
}

function stateOf(data: string): State | undefined {
  try {
    return JSON.parse(readFileSync(path.join(data, 'run/state.json'), 'utf8')) as State;
  } catch {
    return undefined;
  }
}

async function ready(data: string, platform: ChildProcess): Promise<void> {
  for (;;) {
    const parts = Object.values(stateOf(data)?.parts ?? {});
    if (parts.length === 2 && parts.every((one) => one.isReady)) return;
    if (platform.exitCode !== null) throw new Error('ofn up ended before it was ready. Its output is above.');
    await setTimeout(50);
  }
}

function partsOf(data: string, platform: ChildProcess): number[] {
  return [platform.pid ?? 0, ...Object.values(stateOf(data)?.parts ?? {}).map(({ pid }) => pid ?? 0)];
}

function total(pids: number[], of: (pid: number) => number): number {
  return pids.reduce((sum, pid) => sum + of(pid), 0);
}

/** Cores that the parts use on average. */
async function cpuOver(pids: number[], ms: number): Promise<number> {
  const [began, before] = [performance.now(), total(pids, cpuSeconds)];
  await setTimeout(ms);
  return (total(pids, cpuSeconds) - before) / ((performance.now() - began) / 1000);
}

async function create(data: string): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: writers });
  const api = new URL(stateOf(data)?.api ?? '');
  const call: RequestOptions = {
    agent,
    host: api.hostname,
    port: api.port,
    ca: readFileSync(path.join(data, 'tls.crt')),
    headers: { authorization: `Bearer ${readFileSync(path.join(data, 'token'), 'utf8').trim()}`, 'content-type': 'application/json' },
  };
  const base = '/apis/core.openfunction.io/v1beta2/namespaces/default/functions';
  let next = 0;
  const write = async (): Promise<void> => {
    for (let index = next++; index < functions; index = next++) await send({ ...call, method: 'POST', path: base }, functionOf(index));
  };
  await Promise.all(Array.from({ length: writers }, write));
  // All of them count only when the last one has its route.
  while (!(await send({ ...call, method: 'GET', path: `${base}/f${functions - 1}` })).includes('"addresses"')) await setTimeout(500);
  agent.destroy();
}

function functionOf(index: number): object {
  return {
    apiVersion: 'core.openfunction.io/v1beta2',
    kind: 'Function',
    metadata: { namespace: 'default', name: `f${index}` },
    spec: { image, serving: { params: { FUNCTION_TARGET: 'hello' }, triggers: { http: { port: 8080 } } } },
  };
}

async function send(options: RequestOptions, body?: object): Promise<string> {
  const call = request(options);
  call.end(body === undefined ? undefined : JSON.stringify(body));
  const [answer] = (await once(call, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of answer) text += String(chunk);
  if ((answer.statusCode ?? 500) >= 300) throw new Error(`${options.method} ${options.path} was answered ${answer.statusCode}: ${text}`);
  return text;
}
