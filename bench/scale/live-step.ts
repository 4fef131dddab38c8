import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createEmbedded, type Embedded } from '@openfunction/embedded';
import { functionKind } from '@openfunction/resources';
import { ReferenceKpa } from './reference-kpa.ts';

export interface LiveStep {
  /** From the first of the callers to the first decision for more. */
  decisionMs: number;
  /** What was wanted each second after the step, by ours and by the reference. */
  seconds: { ours: number; exact: number }[];
}

const calm = 1;
const busy = 50;
const calmMs = 10_000;
const busyMs = 20_000;
const answerMs = 500;
/** So that no more instances come than two cores can start: 70 % of it are what one is to carry. */
const targetOf = 20;
const image = 'registry.local/bench/scale:v1';

/**
 * A function on the real platform, called by one and then by fifty at once; its decisions beside those of the reference, which
 * sees the same load. With a target all fifty find room and the means alone decide; with a limit most of them wait.
 */
export async function liveStep(says: 'target' | 'container-concurrency'): Promise<LiveStep> {
  const data = mkdtempSync(path.join(tmpdir(), 'bench-scale-'));
  const platform = await createEmbedded({ data, port: 0, domain: 'localhost', poolSize: 6, log: () => {} });
  try {
    await deploy(platform, `autoscaling.knative.dev/${says}`);
    return await measure(platform);
  } finally {
    await platform.close();
    rmSync(data, { recursive: true, force: true });
  }
}

async function measure(platform: Embedded): Promise<LiveStep> {
  const load = callers(platform);
  const reference = new ReferenceKpa((targetOf * 70) / 100);
  const watched = { decidedAt: 0 };
  load.to(calm);
  const seconds = await watch(platform, { load, reference, ms: calmMs });
  const before = gauge(platform, 'desired_instances');
  const began = performance.now();
  load.to(busy);
  const watching = firstAbove(platform, before, watched);
  const after = await watch(platform, { load, reference, ms: busyMs });
  await watching;
  load.to(0);
  return { decisionMs: watched.decidedAt - began, seconds: [...seconds.slice(-2), ...after] };
}

/** Sleeps a second at a time; after each the reference decides with as many instances as there are. */
async function watch(
  platform: Embedded,
  { load, reference, ms }: { load: ReturnType<typeof callers>; reference: ReferenceKpa; ms: number },
): Promise<LiveStep['seconds']> {
  const seconds: LiveStep['seconds'] = [];
  for (let at = 0; at < ms; at += 1000) {
    const ready = gauge(platform, 'actual_instances');
    await sleep(1000);
    reference.second(load.inFlight());
    seconds.push({ ours: gauge(platform, 'desired_instances'), exact: reference.decide(ready) });
  }
  return seconds;
}

async function firstAbove(platform: Embedded, before: number, watched: { decidedAt: number }): Promise<void> {
  const until = performance.now() + busyMs;
  while (gauge(platform, 'desired_instances') <= before && performance.now() < until) await sleep(5);
  watched.decidedAt = performance.now();
}

function gauge(platform: Embedded, name: string): number {
  const found = new RegExp(`^openfunction_pool_autoscaler_${name}\\{[^}]*\\} (\\S+)$`, 'm').exec(platform.metrics());
  return Number(found?.[1] ?? 0);
}

/** So many callers, each of which calls again when it was answered. */
function callers(platform: Embedded): { to(count: number): void; inFlight(): number } {
  const agent = new Agent({ keepAlive: true });
  const { hostname, port } = new URL(platform.address);
  let wanted = 0;
  let running = 0;
  const call = (): Promise<void> =>
    new Promise((resolve) => {
      const sent = request({ agent, hostname, port, headers: { host: 'scale.default.localhost' } }, (answer) => {
        answer.resume().on('close', resolve);
      }).on('error', () => resolve());
      sent.end();
    });
  async function loop(): Promise<void> {
    running += 1;
    while (running <= wanted) await call();
    running -= 1;
  }
  return {
    inFlight: () => running,
    to: (count) => {
      wanted = count;
      for (let at = running; at < count; at += 1) void loop();
    },
  };
}

async function deploy(platform: Embedded, annotation: string): Promise<void> {
  await platform.artifacts.put(image, {
    manifest: { runtime: 'node', format: 'cjs', exports: ['scale'], entry: 'index.js' },
    bundle: Buffer.from(`exports.scale = (req, res) => setTimeout(() => res.end('ok'), ${answerMs});`),
    assets: new Uint8Array(),
  });
  await platform.store.create(functionKind, {
    apiVersion: 'core.openfunction.io/v1beta2',
    kind: 'Function',
    metadata: { namespace: 'default', name: 'scale' },
    spec: { image, serving: { params: { FUNCTION_TARGET: 'scale' }, annotations: { [annotation]: String(targetOf) } } },
  });
  const { hostname, port } = new URL(platform.address);
  for (;;) {
    const status = await new Promise<number>((resolve) => {
      request({ hostname, port, headers: { host: 'scale.default.localhost' } }, (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      })
        .on('error', () => resolve(0))
        .end();
    });
    if (status === 200) return;
    await sleep(100);
  }
}
