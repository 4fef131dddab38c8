import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { firstByte, get } from './cold/first-byte.ts';
import { startPlatform, type Platform } from './cold/start-platform.ts';
import { end } from './processes.ts';
import type { Result } from './result.ts';

const poolSize = 8;
const many = 100;
const rounds = 3;
const settleMs = 2000;
/** Requests of one function overlap, however fast the first of them gets through. */
const code = `exports.hello = (req, res) => setTimeout(() => res.json({ hello: 'world' }), 30);`;
const listener = `
require('node:http').createServer((req, res) => res.end('{"hello":"world"}')).listen(process.argv[1], () => process.send(0));`;

interface Burst {
  /** Milliseconds to the first byte, of every request. */
  times: number[];
  claims: number;
  failures: number;
}

/** Many first requests at one time: to one function, to ten, and to more than the pool holds; beside bare listeners that are started. */
export async function run(_options: { json: boolean }): Promise<Result[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'bb-'));
  const children: ChildProcess[] = [];
  try {
    const bundle = path.join(folder, 'hello.js');
    writeFileSync(bundle, code);
    const platform = await startPlatform({ folder, poolSize, children });
    const burst = bursts(platform, bundle);
    const ofOne = new Map<number, Burst[]>();
    for (let round = 0; round < rounds; round += 1)
      for (const concurrency of [1, 3, 100])
        ofOne.set(concurrency, [...(ofOne.get(concurrency) ?? []), await burst({ functions: 1, each: 10, concurrency })]);
    const ten: Burst[] = [];
    for (let round = 0; round < rounds; round += 1) ten.push(await burst({ functions: 10, each: 1, concurrency: 100 }));
    const hundred = await burst({ functions: many, each: 1, concurrency: 100 });
    const listeners = await startListeners(folder, many - poolSize);
    const all = [...[...ofOne.values()].flat(), ...ten, hundred];
    const failures = all.reduce((sum, one) => sum + one.failures, 0);
    return [
      ...[...ofOne].map(([concurrency, found]) => claimed(concurrency, found)),
      within('10 at once on one function, concurrency 100: p95', p95(found(ofOne.get(100)))),
      { ...within('10 functions at once: p95', p95(found(ten)), 300) },
      against(`${many} functions at once, pool ${poolSize}: p95`, p95(hundred.times), p95(listeners)),
      { name: 'requests that failed', value: failures, unit: '', must: '= 0', peer: 0, ratio: 0, ok: failures === 0 },
    ];
  } finally {
    for (const child of children.toReversed()) await end(child, 'SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  }
}

function bursts(platform: Platform, bundle: string) {
  let made = 0;
  return async ({ functions, each, concurrency }: { functions: number; each: number; concurrency: number }): Promise<Burst> => {
    const names = Array.from({ length: functions }, () => `burst-${(made += 1)}`);
    for (const name of names) await platform.order({ deploy: { name, bundle, concurrency } });
    await platform.order({ quiet: true });
    const asked = names.flatMap((name) => Array.from({ length: each }, () => name));
    const answers = await Promise.all(
      asked.map((name) => firstByte({ host: '127.0.0.1', port: platform.port }, get(`${name}.bench.localhost`))),
    );
    const claims = await settled(() => platform.order({ countClaimed: true }));
    for (const name of names) await platform.order({ remove: name });
    return {
      times: answers.map(({ ms }) => ms),
      claims,
      failures: answers.filter(({ answer }) => !answer.startsWith('HTTP/1.1 200')).length,
    };
  };
}

/** A claim is recorded a moment after its instance has loaded, for which some have to start. */
async function settled(count: () => Promise<number>): Promise<number> {
  let last = await count();
  for (let since = performance.now(); performance.now() - since < settleMs; await sleep(50)) {
    const now = await count();
    if (now !== last) since = performance.now();
    last = now;
  }
  return last;
}

/** From the start of all of them at once to the first byte of each. */
async function startListeners(folder: string, count: number): Promise<number[]> {
  const began = performance.now();
  const children: ChildProcess[] = [];
  try {
    return await Promise.all(
      Array.from({ length: count }, async (_, index) => {
        const socket = path.join(folder, `l${index}`);
        const child = spawn(process.execPath, ['-e', listener, socket], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
        children.push(child);
        await once(child, 'message');
        await firstByte({ path: socket }, get('f'));
        return performance.now() - began;
      }),
    );
  } finally {
    for (const child of children) await end(child);
  }
}

function found(bursts: readonly Burst[] = []): number[] {
  return bursts.flatMap(({ times }) => times);
}

function claimed(concurrency: number, found: readonly Burst[]): Result {
  const must = Math.ceil(10 / concurrency);
  const worst = found.map(({ claims }) => claims).find((claims) => claims !== must) ?? must;
  return {
    name: `claims for 10 at once, concurrency ${concurrency}`,
    value: worst,
    unit: 'claims',
    must: `= ${must}`,
    peer: must,
    ratio: worst / must,
    ok: worst === must,
  };
}

function within(name: string, value: number, most = 150): Result {
  return {
    name,
    value: Math.round(value),
    unit: 'ms',
    must: `<= ${most} ms`,
    peer: most,
    ratio: Math.round((value / most) * 100) / 100,
    ok: value <= most,
  };
}

function against(name: string, value: number, peer: number): Result {
  return {
    name,
    value: Math.round(value),
    unit: 'ms',
    must: `<= 1.5 x starting ${many - poolSize} bare listeners`,
    peer: Math.round(peer),
    ratio: Math.round((value / peer) * 100) / 100,
    ok: value <= 1.5 * peer,
  };
}

function p95(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * 0.95)] ?? NaN;
}
