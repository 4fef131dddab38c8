import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { partSelector, platformNamespace, podNames } from '@openfunction/e2e/targets/kubernetes/pods';
import { outputOf } from '@openfunction/e2e/targets/run-command';
import { ask, longestGapMs, steadyTraffic } from './kube/steady-traffic.ts';
import { atMost, deploy, onCluster, until } from './kube/world.ts';
import type { Result } from './result.ts';

const name = 'roll';
const perSecond = 100;
const parts = {
  controller: 'controller',
  builder: 'builder',
  gateway: 'gateway',
  podPool: 'pod-pool',
  eventBus: 'event-bus',
  converter: 'converter',
};
const chart = path.resolve(import.meta.dirname, '../deploy/helm/openfunction');

/** An upgrade that replaces every pod of the platform, and the way back, under load. */
export function run(): Promise<Result[]> {
  return onCluster('kube-roll', async (world) => {
    await deploy(world, name, { scaleOptions: { minReplicas: 1 } });
    await until('it answers', async () => (await ask(world.gateway, world.hostOf(name))).status === 200);
    const before = await allPods();
    const load = steadyTraffic(world.gateway, world.hostOf(name), perSecond);
    await pause(2_000);
    const began = performance.now();
    // What a pod reserves is in its template, so that another number makes another pod.
    await helm(
      'upgrade',
      'openfunction',
      chart,
      ...Object.keys(parts).flatMap((part) => ['--set', `resources.${part}.requests.cpu=51m`]),
      '--reuse-values',
    );
    const took = performance.now() - began;
    const left = await podsLeft(before);
    const upgraded = load.sent.length;
    await helm('rollback', 'openfunction');
    await pause(15_000);
    const sent = await load.stop();
    const failed = (from: number, to?: number): number => sent.slice(from, to).filter(({ status }) => status !== 200).length;
    for (const { at, status, why } of sent.filter((each) => each.status !== 200).slice(0, 20))
      console.error(Math.round(at - began), 'ms', status, why);
    return [
      atMost(`failed in an upgrade of ${Math.round(took / 1000)} s, of ${upgraded}`, failed(0, upgraded), 0, { unit: 'requests' }),
      atMost('failed in the rollback after it', failed(upgraded), 0, { unit: 'requests' }),
      atMost('pods that the upgrade did not replace', left, 0, { unit: 'pods' }),
      atMost('longest time without an answer (no goal)', longestGapMs(sent), 1_000),
    ];
  });
}

const helm = (...args: string[]): Promise<string> =>
  outputOf('helm', [...args, '-n', platformNamespace, '--wait', '--timeout', '180s'], { timeoutMs: 200_000 });

/** How many of them are there still when the last of them has had its time to end. */
async function podsLeft(of: readonly string[]): Promise<number> {
  let left = of;
  for (const end = performance.now() + 60_000; left.length > 0 && performance.now() < end; await pause(1_000))
    left = (await allPods()).filter((pod) => of.includes(pod));
  return left.length;
}

async function allPods(): Promise<string[]> {
  return (await Promise.all(Object.values(parts).map((part) => podNames(platformNamespace, partSelector(part))))).flat();
}
