import { setTimeout as pause } from 'node:timers/promises';
import { functionKind } from '@openfunction/resources';
import { ask, type Sent } from './kube/steady-traffic.ts';
import { atMost, deploy, namespace, onCluster, quantile, until, watchInstances, type World } from './kube/world.ts';
import type { Result } from './result.ts';

const rounds = 6;
const callers = 10;
const poolSize = 3;

/** Ten first requests of one function at once, from a pool of three. */
export function run(): Promise<Result[]> {
  return onCluster('kube-burst', async (world) => {
    const shared = await bursts(world, 'shared', undefined);
    const split = await bursts(world, 'split', 4);
    const failures = [...shared, ...split].filter(({ status }) => status !== 200);
    for (const { status, why } of failures) console.error(status, why);
    const times = (answers: readonly Sent[]): number[] => answers.map(({ ms }) => ms);
    return [
      atMost('p95, one instance takes all', quantile(times(shared), 0.95), 300),
      atMost('p95, containerConcurrency 4: three instances', quantile(times(split), 0.95), 300),
      atMost('p50, one instance takes all (no goal)', quantile(times(shared), 0.5), 300),
      atMost('failures', failures.length, 0, { unit: 'requests' }),
    ];
  });
}

async function bursts(world: World, kind: string, concurrency: number | undefined): Promise<Sent[]> {
  const workloads = watchInstances(world);
  const answers: Sent[] = [];
  try {
    for (let round = 0; round < rounds; round += 1) {
      const name = `burst-${kind}-${round}`;
      await deploy(world, name, concurrency === undefined ? {} : { containerConcurrency: concurrency });
      await until('the pool is full and quiet', async () => {
        const present = await workloads.list();
        return present.length >= poolSize && present.every(({ phase, owner }) => phase === 'Ready' && owner === undefined);
      });
      await pause(1_500);
      answers.push(...(await Promise.all(Array.from({ length: callers }, () => ask(world.gateway, world.hostOf(name))))));
      await pause(500);
      await world.store.delete(functionKind, { namespace, name });
    }
  } finally {
    workloads.close();
  }
  return answers;
}
