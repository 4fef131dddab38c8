import { spawn, type ChildProcess } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { runnerFlags } from '@openfunction/functions-framework/runner';
import { localWorkloads } from '@openfunction/local';
import { end, mean, pssBytes, treeOf } from '../processes.ts';
import type { Result } from '../result.ts';
import { builtRunner } from '../runner/instance.ts';

const count = 8;
const rounds = 3;
const settleMs = 3000;
const mebibyte = 2 ** 20;
const mostMiB = 32;
const mostOfFloor = 1.2;

/** Memory of idle Fresh runners as the platform runs them, sandbox and all, beside as many bare servers; never both at once. */
export async function idleRunners(folder: string): Promise<Result[]> {
  const ours: number[] = [];
  const floors: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    ours.push(await pooled(path.join(folder, `pool-${round}`)));
    floors.push(await bare(path.join(folder, `bare-${round}`)));
  }
  const [value, peer] = [mean(ours) / mebibyte, mean(floors) / mebibyte];
  const figure = { value: round1(value), unit: 'MiB', peer: round1(peer), ratio: Math.round((value / peer) * 100) / 100 };
  return [
    { name: 'idle runner', ...figure, must: `<= ${mostMiB} MiB`, ok: value <= mostMiB },
    { name: 'idle runner / bare node:http', ...figure, must: `<= ${mostOfFloor} x bare node:http`, ok: value / peer <= mostOfFloor },
  ];
}

async function pooled(dir: string): Promise<number> {
  const publicKey = String(generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }).x);
  const entry = builtRunner();
  const workloads = localWorkloads({
    dir,
    runtimes: { node: { command: process.execPath, args: [entry], limitArgs: runnerFlags } },
    sandbox: 'auto',
    readOnlyPaths: [path.resolve(path.dirname(entry), '..', '..')],
  });
  try {
    const template = { env: { OFN_TICKET_PUBLIC_KEY: publicKey } };
    await workloads.apply({
      key: { namespace: 'default', name: 'pool' },
      artifact: { kind: 'runner', runtime: 'node' },
      replicas: count,
      template,
      run: 'serve',
    });
    for (;;) {
      const instances = await workloads.list();
      if (instances.filter(({ phase }) => phase === 'Ready').length === count) break;
      await setTimeout(50);
    }
    await setTimeout(settleMs);
    const instances = await workloads.list();
    const roots = instances.map(({ id }) => Number(readFileSync(path.join(dir, 'instances', id, 'pid'), 'utf8')));
    return mean(roots.map((pid) => treeOf(pid).reduce((sum, each) => sum + pssBytes(each), 0)));
  } finally {
    await workloads.shutdown();
  }
}

async function bare(name: string): Promise<number> {
  const children: ChildProcess[] = [];
  try {
    for (let index = 0; index < count; index += 1) {
      const child = spawn(process.execPath, [path.join(import.meta.dirname, 'bare.mjs'), `${name}-${index}.sock`], {
        stdio: ['ignore', 'pipe', 'inherit'],
        env: {},
      });
      children.push(child);
    }
    for (const child of children) await once(child.stdout!, 'data');
    await setTimeout(settleMs);
    return mean(children.map((child) => pssBytes(child.pid ?? 0)));
  } finally {
    for (const child of children) await end(child);
  }
}

export function round1(value: number): number {
  return Math.round(value * 10) / 10;
}
