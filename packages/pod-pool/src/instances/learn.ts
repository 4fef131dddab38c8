import type { Health } from '@openfunction/protocol';
import { keyText, type Key } from '@openfunction/resources';
import type { Digest, Instance, Workloads } from '@openfunction/workload';
import type { Claims } from '../claim/claims.ts';
import type { Pools } from '../pool/pools.ts';
import { functionUidOf, type ServingWorld } from '../serving/world.ts';
import type { Timers } from '../timers.ts';
import type { Endings } from './endings.ts';
import type { FreshInstance, FreshStock } from './fresh-stock.ts';
import type { InstanceControl } from './instance-control.ts';
import type { InstanceView } from './instance-view.ts';
import type { Ledger } from './ledger.ts';
import { planLearning } from './plan-learning.ts';

export interface LearnOptions {
  workloads: Pick<Workloads, 'remove'>;
  view: InstanceView;
  ledger: Ledger;
  stock: FreshStock;
  endings: Endings;
  claims: Claims;
  pools: Pools;
  control: InstanceControl;
  timers: Timers;
  worlds: ReadonlyMap<string, ServingWorld>;
  /** An instance of an image was found: what runs shows what the Serving is. */
  onPlain: (world: ServingWorld | undefined) => void;
  /** What was asked has answered, or will not soon. */
  onSettled: () => void;
  /** The digest of what a Serving runs. */
  digestOf: (world: ServingWorld) => Promise<Digest>;
}

const healthMs = 2000;
/** An instance that is not recorded and gives no clear answer for so long is of no use to anyone. */
const unclearMs = 60_000;
/** What is being loaded is asked again: who began it is not here. */
const loadingMs = 100;

export interface Learner {
  /** Looks at all instances that are not known yet. */
  learn(): void;
  /** Nothing is being asked, and nothing is being loaded that this scheduler did not begin. */
  isSettled(): boolean;
  clear(): void;
}

/** Finds out what each instance is that this scheduler did not make what it is: after every list, and at a new beginning. */
export function learner(options: LearnOptions): Learner {
  const { view, ledger, stock, endings, claims, control, timers, worlds } = options;
  const asking = new Set<string>();
  const loading = new Set<string>();
  const unclearSince = new Map<string, number>();
  const removed = new Set<string>();

  function learn(): void {
    for (const instance of view.all()) {
      if (ledger.stageOf(instance.id) !== undefined || asking.has(instance.id)) continue;
      const plan = planLearning(instance, { isPool: (key) => options.pools.has(key), worldOf });
      if (plan === 'destroy') endings.destroy(instance.id);
      else if (plan === 'look') options.onPlain(worldOf(instance.owner?.key));
      else if (plan === 'remove') removeWorkload(instance.workload);
      else if (plan === 'ask') void ask(instance as FreshInstance['instance']);
      else if (plan === 'serve') serve(worldOf(instance.owner?.key), instance);
    }
    for (const id of unclearSince.keys()) if (view.get(id) === undefined) unclearSince.delete(id);
    for (const id of loading) if (view.get(id) === undefined) loading.delete(id);
  }
  const isSettled = (): boolean => asking.size === 0 && loading.size === 0;
  const worldOf = (key: Key | undefined): ServingWorld | undefined => (key === undefined ? undefined : worlds.get(keyText(key)));

  function serve(world: ServingWorld | undefined, instance: Instance): void {
    if (world !== undefined && ledger.advance(instance.id, 'Serving')) claims.addReplica(world, instance);
  }

  /** Pools of former times, and of namespaces that have no Serving any more. */
  function removeWorkload(key: Key): void {
    if (removed.has(keyText(key))) return;
    removed.add(keyText(key));
    timers.background(
      'Removing a pool',
      options.workloads.remove(key).finally(() => removed.delete(keyText(key))),
    );
  }

  async function ask(instance: FreshInstance['instance']): Promise<void> {
    asking.add(instance.id);
    const health = await control.health(instance.endpoints.control, healthMs).catch(() => undefined);
    asking.delete(instance.id);
    if (health?.state === 'Loading') loading.add(instance.id);
    else loading.delete(instance.id);
    await hear(instance, health);
    if (isSettled()) options.onSettled();
    else if (loading.has(instance.id)) timers.after(loadingMs, learn);
  }

  async function hear(instance: FreshInstance['instance'], health: Health | undefined): Promise<void> {
    if (timers.signal.aborted || ledger.stageOf(instance.id) !== undefined || view.get(instance.id)?.digest !== undefined) return;
    if (health?.state === 'Fresh') {
      unclearSince.delete(instance.id);
      ledger.advance(instance.id, 'Fresh');
      stock.add(keyText(instance.workload), {
        instance,
        codeCacheKey: health.codeCacheKey ?? '',
        line: control.line?.(instance.endpoints.control, timers.after),
      });
      options.pools.size();
    } else if (health?.state === 'Serving') await recover(instance, health);
    else if (isUnclearTooLong(instance.id)) endings.destroy(instance.id, { why: 'silent' });
  }

  /** Loaded, but the scheduler that did it did not get to record it. */
  async function recover(instance: Instance, health: Health): Promise<void> {
    const world = worlds.get(health.serving);
    if (world === undefined) {
      // The Serving may be too new to be known here.
      if (isUnclearTooLong(instance.id)) endings.destroy(instance.id);
      return;
    }
    const isOurs = health.functionUid === functionUidOf(world.serving) && health.generation === (world.serving.metadata.generation ?? 0);
    if (!isOurs) return endings.destroy(instance.id);
    serve(world, instance);
    await options.digestOf(world).then(
      (digest) => timers.background('Recording a claim', claims.record(world, instance.id, digest)),
      () => endings.drain(world, instance.id),
    );
  }

  function isUnclearTooLong(id: string): boolean {
    const since = unclearSince.get(id) ?? timers.now();
    unclearSince.set(id, since);
    return timers.now() - since >= unclearMs;
  }

  return {
    learn,
    isSettled,
    clear: () => {
      unclearSince.clear();
      loading.clear();
    },
  };
}
