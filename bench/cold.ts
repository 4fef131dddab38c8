import type { ChildProcess } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { bundle, makeCodeCache } from '@openfunction/builder';
import { codeCacheMaker } from '@openfunction/functions-framework/runner';
import type { Deployment } from './cold/control.ts';
import { expectHello, firstByte, get } from './cold/first-byte.ts';
import { loadDirectly, startFresh } from './cold/floors.ts';
import { startPlatform, type Platform } from './cold/start-platform.ts';
import { end } from './processes.ts';
import type { Result } from './result.ts';

const functions = 50;
const zodFunctions = 15;
const poolSize = 2;
const hello = `exports.hello = (req, res) => res.json({ hello: 'world' });`;
const zod = `import { z } from 'zod';
const body = z.object({ hello: z.string() });
export const hello = (req, res) => res.json(body.parse({ hello: 'world' }));`;

/**
 * First requests to functions that nobody has loaded, one at a time on a new connection, with the pool refilled and quiet
 * before each; beside the same runner loaded and called directly, and a fresh node.
 */
export async function run(_options: { json: boolean }): Promise<Result[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'bc-'));
  const children: ChildProcess[] = [];
  try {
    const platform = await startPlatform({ folder, poolSize, children });
    const small = { bundle: Buffer.from(hello), cache: undefined };
    const times = await measure(platform, folder, { name: 'hello', count: functions, ...small });
    const big = await zodBundle(folder);
    const bigTimes = await measure(platform, folder, { name: 'zod', count: zodFunctions, ...big });
    return [
      result('cold p50', at(times.cold, 0.5), { least: 6, floor: at(times.floor, 0.5), times: 2 }),
      result('cold p95', at(times.cold, 0.95), { least: 15, floor: at(times.floor, 0.95), times: 2 }),
      result('cold p50 / fresh node', at(times.cold, 0.5), { least: 6, floor: at(times.fresh, 0.5), times: 2 }),
      result(`cold p50, zod 4 (${Math.round(big.bundle.length / 1000)} KB)`, at(bigTimes.cold, 0.5), {
        least: 14,
        floor: at(bigTimes.floor, 0.5),
        times: 2,
      }),
    ];
  } finally {
    for (const child of children.toReversed()) await end(child, 'SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Subject {
  name: string;
  count: number;
  bundle: Buffer;
  cache: Deployment['cache'];
}

interface Times {
  cold: number[];
  floor: number[];
  fresh: number[];
}

async function measure(platform: Platform, folder: string, subject: Subject): Promise<Times> {
  const times: Times = { cold: [], floor: [], fresh: [] };
  const file = path.join(folder, `${subject.name}.js`);
  writeFileSync(file, subject.bundle);
  const cache = subject.cache === undefined ? Buffer.alloc(0) : readFileSync(subject.cache.path);
  for (let number = 0; number < subject.count; number += 1) {
    const name = `${subject.name}-${number}`;
    await platform.order({ deploy: { name, bundle: file, cache: subject.cache } });
    await platform.order({ quiet: true });
    const first = await firstByte({ host: '127.0.0.1', port: platform.port }, get(`${name}.bench.localhost`));
    expectHello(first);
    times.cold.push(first.ms);
    await platform.order({ remove: name });
    times.floor.push(await loadDirectly(folder, subject.bundle, cache));
    if (number % 5 === 0) times.fresh.push(await startFresh(folder));
  }
  return times;
}

/** zod 4 in one bundle, as the builder makes it, with the code cache of a build. */
async function zodBundle(folder: string): Promise<{ bundle: Buffer; cache: Deployment['cache'] }> {
  const dir = path.join(folder, 'zod');
  mkdirSync(path.join(dir, 'node_modules'), { recursive: true });
  const found = createRequire(path.resolve(import.meta.dirname, '../packages/resources/package.json')).resolve('zod/package.json');
  // The builder takes only what lies below the source.
  cpSync(path.dirname(found), path.join(dir, 'node_modules/zod'), { recursive: true });
  writeFileSync(path.join(dir, 'index.mjs'), zod);
  const made = await bundle({ dir, entry: 'index.mjs' });
  const bytes = Buffer.from(made.code);
  const [cache] = await makeCodeCache({
    artifact: {
      manifest: { runtime: 'node', format: made.format, exports: ['hello'], target: 'hello', signature: 'http', entry: 'index.js' },
      bundle: bytes,
      assets: new Uint8Array(),
    },
    workDir: folder,
    maker: { command: process.execPath, args: codeCacheMaker() },
    log: (text) => process.stderr.write(text),
  });
  if (cache === undefined) throw new Error('No code cache was made.');
  const file = path.join(folder, 'zod.cache');
  writeFileSync(file, cache.bytes);
  return { bundle: bytes, cache: { key: cache.key, path: file } };
}

function result(name: string, value: number, { least, floor, times }: { least: number; floor: number; times: number }): Result {
  const ratio = value / floor;
  return {
    name,
    value: round(value),
    unit: 'ms',
    must: `<= ${least} ms and <= ${times} x floor`,
    peer: round(floor),
    ratio: round(ratio),
    ok: value <= least && ratio <= times,
  };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function at(values: number[], quantile: number): number {
  return values.toSorted((left, right) => left - right)[Math.min(values.length - 1, Math.floor(values.length * quantile))] ?? NaN;
}
