import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { bareServer, daprd, ourRuntime, type Started, type Target } from './dapr-runtime/targets.ts';
import { steadyLoad, type Load, type Request } from './dapr-runtime/steady-load.ts';
import { end, median, pssBytes } from './processes.ts';
import type { Result } from './result.ts';

const rounds = 3;
const pace = { rate: 1_000, seconds: 2 };
const cases: Record<string, Request> = {
  'state set': { method: 'POST', path: '/v1.0/state/store', body: '[{"key":"k","value":{"n":1}}]' },
  'state get': { method: 'GET', path: '/v1.0/state/store/k' },
  publish: { method: 'POST', path: '/v1.0/publish/bus/t', body: '{"n":1}' },
};
const components = ['store', 'bus'].map(
  (name) =>
    `apiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata: {name: ${name}}\nspec: {type: ${name === 'store' ? 'state' : 'pubsub'}.in-memory, version: v1}\n`,
);

interface Figures {
  startMs: number;
  idleBytes: number;
  loads: Record<string, Load>;
}

/** Our Dapr runtime at 1,000 requests a second, idle and at its start, beside daprd where there is one, and beside a bare node:http server. */
export async function run(_options: { json: boolean }): Promise<Result[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'bench-dapr-'));
  try {
    writeFileSync(path.join(folder, 'components.yaml'), components.join('---\n'));
    const peer = daprd(folder);
    if (peer === undefined)
      console.log(
        'There is no daprd here (DAPRD, or daprd on the PATH), and this machine can get none: its figures are not compared. ' +
          'Beside them stand those of a bare node:http server, the least that a process in between costs; what must be is then said of that.',
      );
    const targets = [ourRuntime(folder), bareServer(), ...(peer === undefined ? [] : [peer])];
    const [ours, floor, theirs] = await figuresOf(targets);
    if (ours === undefined || floor === undefined) throw new Error('A round is missing.');
    return theirs === undefined ? besideFloor(ours, floor) : besidePeer(ours, theirs, floor);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Of each target, in its order: medians of rounds in turn. */
async function figuresOf(targets: readonly Target[]): Promise<Figures[]> {
  const all = new Map<Target, Figures[]>(targets.map((target) => [target, []]));
  for (let round = 0; round < rounds; round++) for (const target of targets) all.get(target)?.push(await once(target));
  return targets.map((target) => middle(all.get(target) ?? []));
}

async function once(target: Target): Promise<Figures> {
  const started: Started = await target.start();
  try {
    await new Promise((done) => setTimeout(done, 1_000));
    const idleBytes = pssBytes(started.child.pid ?? 0);
    const loads: Record<string, Load> = {};
    for (const [name, request] of Object.entries(cases)) {
      await steadyLoad(started, request, { ...pace, seconds: 1 });
      loads[name] = await steadyLoad(started, request, pace);
    }
    return { startMs: started.startMs, idleBytes, loads };
  } finally {
    await end(started.child);
  }
}

function middle(figures: readonly Figures[]): Figures {
  const of = (pick: (each: Figures) => number): number => median(figures.map(pick));
  const load = (name: string): Load => ({
    p50Ms: of(({ loads }) => loads[name]?.p50Ms ?? NaN),
    cpuMicroseconds: of(({ loads }) => loads[name]?.cpuMicroseconds ?? NaN),
  });
  return {
    startMs: of(({ startMs }) => startMs),
    idleBytes: of(({ idleBytes }) => idleBytes),
    loads: Object.fromEntries(Object.keys(cases).map((name) => [name, load(name)])),
  };
}

/** What is asked for: each figure at most so many times daprd's. What a call costs anyway is taken off both. */
function besidePeer(ours: Figures, theirs: Figures, floor: Figures): Result[] {
  const loads = Object.keys(cases).flatMap((name) => {
    const [own, other, bare] = [ours.loads[name], theirs.loads[name], floor.loads[name]];
    if (own === undefined || other === undefined || bare === undefined) return [];
    return [
      atMost(`${name}, added p50`, { value: own.p50Ms - bare.p50Ms, peer: other.p50Ms - bare.p50Ms, times: 1, unit: 'ms', of: 'daprd' }),
      atMost(`${name}, CPU per request`, { value: own.cpuMicroseconds, peer: other.cpuMicroseconds, times: 1, unit: 'µs', of: 'daprd' }),
    ];
  });
  return [
    ...loads,
    atMost('idle memory', { value: ours.idleBytes / 2 ** 20, peer: theirs.idleBytes / 2 ** 20, times: 0.7, unit: 'MiB', of: 'daprd' }),
    atMost('start', { value: ours.startMs, peer: theirs.startMs, times: 0.5, unit: 'ms', of: 'daprd' }),
  ];
}

/** Bounds of our own, which say that nothing went astray, and nothing of daprd. */
function besideFloor(ours: Figures, floor: Figures): Result[] {
  const of = 'bare node:http';
  const loads = Object.keys(cases).flatMap((name) => {
    const [own, bare] = [ours.loads[name], floor.loads[name]];
    if (own === undefined || bare === undefined) return [];
    return [
      atMost(`${name}, p50`, { value: own.p50Ms, peer: bare.p50Ms, times: 2, unit: 'ms', of }),
      atMost(`${name}, CPU per request`, { value: own.cpuMicroseconds, peer: bare.cpuMicroseconds, times: 3, unit: 'µs', of }),
    ];
  });
  return [
    ...loads,
    atMost('idle memory', { value: ours.idleBytes / 2 ** 20, peer: floor.idleBytes / 2 ** 20, times: 2, unit: 'MiB', of }),
    {
      ...atMost('start', { value: ours.startMs, peer: floor.startMs, times: 1, unit: 'ms', of }),
      must: '<= 500 ms',
      ok: ours.startMs <= 500,
    },
  ];
}

function atMost(
  name: string,
  { value, peer, times, unit, of }: { value: number; peer: number; times: number; unit: string; of: string },
): Result {
  const ratio = value / peer;
  return {
    name: `dapr-runtime ${name}`,
    value: Math.round(value * 100) / 100,
    unit,
    must: `<= ${times} x ${of}`,
    peer: Math.round(peer * 100) / 100,
    ratio: Math.round(ratio * 100) / 100,
    ok: ratio <= times,
  };
}
