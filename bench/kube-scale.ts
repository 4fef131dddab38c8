import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { partSelector, platformNamespace, podNames, podPids } from '@openfunction/e2e/targets/kubernetes/pods';
import { outputOf } from '@openfunction/e2e/targets/run-command';
import { functionKind } from '@openfunction/resources';
import { atMost, functionOf, helloCode, isReady, namespace, onCluster, putArtifact, until, type World } from './kube/world.ts';
import { pssBytes } from './processes.ts';
import type { Result } from './result.ts';

const count = 300;
const atOnce = 16;
const parts = ['controller', 'builder', 'gateway', 'pod-pool', 'event-bus', 'converter'];
const settleMs = 15_000;
const mebibyte = 1 << 20;
const nameOf = (index: number): string => `scale-${index}`;

/** Many functions applied at once: until all can be called, and what they cost in memory. One replica of each part. */
export function run(): Promise<Result[]> {
  return onCluster('kube-scale', async (world) => {
    await oneReplicaEach();
    const image = await putArtifact(world, 'scale', helloCode('scale'));
    await pause(5_000);
    const without = await memory();
    const { applied, routed, ready } = await apply(world, image, 0);
    await pause(settleMs);
    const some = await memory();
    // The first ones make every heap grow once; what each function costs show the next ones.
    await apply(world, image, count);
    await pause(settleMs);
    const twice = await memory();
    await inParallel(2 * count, (index) => world.store.delete(functionKind, { namespace, name: nameOf(index) }));
    const seconds = (ms: number): number => Math.round(ms / 100) / 10;
    return [
      atMost(`${count} functions: all routable, peer: all applied`, seconds(routed), 30, { unit: 's', peer: seconds(applied) }),
      atMost(`${count} functions: all Ready`, seconds(ready), 30, { unit: 's', peer: seconds(applied) }),
      atMost('sum of PSS without functions', Math.round(without / mebibyte), 400, { unit: 'MB' }),
      atMost(`sum of PSS with ${count} functions (no goal)`, Math.round(some / mebibyte), 400, { unit: 'MB' }),
      atMost('more for each further function', Math.round(((twice - some) / count / 1024) * 10) / 10, 50, { unit: 'KB' }),
    ];
  });
}

/** Milliseconds until all of them were applied, can be called, and say so. */
async function apply(world: World, image: string, from: number): Promise<{ applied: number; routed: number; ready: number }> {
  const began = performance.now();
  const each = (work: (name: string) => Promise<unknown>): Promise<void> => inParallel(count, (index) => work(nameOf(from + index)));
  await each((name) => world.store.create(functionKind, functionOf(name, image)));
  const applied = performance.now() - began;
  await each((name) => until(`${name} is routed`, () => isRouted(world, name), 120_000));
  const routed = performance.now() - began;
  await each((name) => until(`${name} is ready`, () => isReady(world, name), 120_000));
  return { applied, routed, ready: performance.now() - began };
}

async function oneReplicaEach(): Promise<void> {
  for (const part of parts) await outputOf('kubectl', ['scale', 'deployment', part, '-n', platformNamespace, '--replicas=1']);
  await until('one pod of each part is left', async () => {
    const names = await Promise.all(parts.map((part) => podNames(platformNamespace, partSelector(part))));
    return names.every(({ length }) => length === 1);
  });
  // The ones that are left may have to take over.
  await pause(5_000);
}

async function memory(): Promise<number> {
  let sum = 0;
  for (const part of parts) {
    for (const name of await podNames(platformNamespace, partSelector(part)))
      for (const pid of await podPids(platformNamespace, name)) {
        const bytes = pssBytes(pid);
        console.error(part, Math.round(bytes / mebibyte), 'MB');
        sum += bytes;
      }
  }
  return sum;
}

/** A body over the gateway's limit is refused with 413 where there is a route, and before any instance is asked for; else it is a 404. */
function isRouted({ gateway, hostOf }: World, name: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(gateway, () => {
      socket.write(`POST / HTTP/1.1\r\nHost: ${hostOf(name)}\r\nContent-Length: 9000000000\r\n\r\n`);
    });
    socket.setTimeout(5_000, () => socket.destroy());
    socket.once('data', (head: Buffer) => {
      resolve(head.toString('latin1').startsWith('HTTP/1.1 413'));
      socket.destroy();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(false));
  });
}

async function inParallel(total: number, work: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < total; index = next++) await work(index);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
