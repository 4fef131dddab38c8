import { keyText, type Key } from '@openfunction/resources';
import type { Workloads } from '@openfunction/workload';
import { retryDelayMs } from '../claim/back-off.ts';
import type { FreshStock } from '../instances/fresh-stock.ts';
import type { InstanceView } from '../instances/instance-view.ts';
import type { Ledger } from '../instances/ledger.ts';
import type { ServingWorld } from '../serving/world.ts';
import type { Timers } from '../timers.ts';
import { drift, type Drift } from './drift.ts';
import { isShort, planPools, type PoolInput } from './plan.ts';
import { instanceTemplate, type PoolShape } from './shape.ts';

/** The Workloads that instances come from: those of a namespace share one, some Servings have their own. */
export interface Pools {
  use(world: ServingWorld): void;
  /** The last one that goes takes the Workload with it. */
  release(world: ServingWorld): void;
  has(key: Key): boolean;
  claimed(key: Key): void;
  /** Whether the pool has fewer than it should, so that a recorded instance is to be replaced. */
  refills(key: Key): boolean;
  /** The instance left its Workload, which the next list shows. */
  recorded(id: string): void;
  /** Sizes all pools: soon, and at once when someone waits. */
  size(): void;
  starting(): number;
}

export interface PoolsOptions {
  workloads: Pick<Workloads, 'apply' | 'remove'>;
  view: InstanceView;
  stock: FreshStock;
  ledger: Ledger;
  timers: Timers;
  publicKeyText: string;
  /** The most that recent claims can make of a pool. */
  poolMax: number;
  /** Instances that start at one time, of all pools. */
  startsAtOnce: number;
  leading: () => boolean;
  /** The Workload of these Servings cannot be made. */
  onError: (worlds: Iterable<ServingWorld>, error: unknown) => void;
}

interface Pool {
  shape: PoolShape;
  users: Set<ServingWorld>;
  claims: number[];
  /** What was applied last; undefined: nothing, or it failed. */
  replicas?: number;
  /** The ground may have it otherwise by now. */
  stale: boolean;
  drift: Drift;
  failures: number;
  retryAt: number;
}

const recentMs = 60_000;
const laterMs = 50;

export function pools(options: PoolsOptions): Pools {
  const { workloads, view, stock, ledger, timers } = options;
  const all = new Map<string, Pool>();
  /** Counted as theirs, they would have the Workloads start others in their place. */
  const left = new Set<string>();
  let due = false;

  function counts(): Map<string, PoolInput> {
    const inputs = new Map([...all].map(([id, pool]) => [id, emptyInput(id, pool, timers.now(), options.poolMax)]));
    for (const id of left) if (view.get(id)?.digest !== undefined || view.get(id) === undefined) left.delete(id);
    for (const instance of view.all()) {
      const isPooled = instance.digest === undefined && !left.has(instance.id);
      const input = isPooled ? inputs.get(keyText(instance.workload)) : undefined;
      if (input === undefined || (instance.phase !== 'Ready' && instance.phase !== 'Starting')) continue;
      const stage = ledger.stageOf(instance.id);
      if (stage === undefined) input.starting += 1;
      else if (stage === 'Fresh') input.fresh += 1;
      else input.claimed += 1;
    }
    for (const [id, input] of inputs) {
      input.unmet = stock.unmet(id);
      const pool = all.get(id);
      const asked = pool?.replicas ?? 0;
      const seen = input.fresh + input.starting + input.claimed;
      if (pool?.replicas !== undefined && pool.drift.isDue(asked === seen, timers.now())) pool.stale = true;
      // What was asked for and is not seen yet will start.
      input.starting += Math.max(0, asked - seen);
    }
    return inputs;
  }

  async function apply(pool: Pool, replicas: number): Promise<void> {
    const { shape } = pool;
    pool.replicas = replicas;
    pool.stale = false;
    pool.drift.applied(timers.now());
    try {
      await workloads.apply({
        key: shape.key,
        ...(shape.owner === undefined ? {} : { owner: shape.owner }),
        artifact: { kind: 'runner', runtime: 'node' },
        run: 'serve',
        replicas,
        template: instanceTemplate(shape, options.publicKeyText),
      });
      pool.failures = 0;
    } catch (error) {
      pool.failures += 1;
      pool.retryAt = timers.now() + retryDelayMs(pool.failures);
      pool.stale = true;
      options.onError(pool.users, error);
      throw error;
    }
  }

  function sizeNow(): void {
    due = false;
    if (!options.leading() || !view.isComplete()) return;
    for (const [id, replicas] of planPools([...counts().values()], options.startsAtOnce)) {
      const pool = all.get(id);
      if (pool !== undefined && (pool.replicas !== replicas || pool.stale) && pool.retryAt <= timers.now())
        timers.background('Sizing a pool', apply(pool, replicas));
    }
  }

  function size(): void {
    const someoneWaits = all.keys().some((id) => stock.unmet(id) > 0);
    if (someoneWaits) return sizeNow();
    if (due) return;
    due = true;
    timers.after(laterMs, sizeNow);
  }

  return {
    use: (world) => {
      const id = keyText(world.shape.key);
      const pool = all.get(id) ?? {
        shape: world.shape,
        users: new Set(),
        claims: [],
        stale: false,
        drift: drift(),
        failures: 0,
        retryAt: 0,
      };
      pool.users.add(world);
      all.set(id, pool);
    },
    release: (world) => {
      const id = keyText(world.shape.key);
      const pool = all.get(id);
      pool?.users.delete(world);
      if (pool === undefined || pool.users.size > 0) return;
      all.delete(id);
      if (options.leading()) timers.background('Removing a pool', workloads.remove(pool.shape.key));
    },
    has: (key) => all.has(keyText(key)),
    refills: (key) => {
      const inputs = counts();
      const input = inputs.get(keyText(key));
      const pool = all.get(keyText(key));
      const refills = input !== undefined && isShort(input) && startingIn(inputs) < options.startsAtOnce;
      // The Workload shrinks by itself where it can, and is told in any case.
      if (pool?.replicas !== undefined && !refills) Object.assign(pool, { replicas: pool.replicas - 1, stale: true });
      return refills;
    },
    claimed: (key) => all.get(keyText(key))?.claims.push(timers.now()),
    recorded: (id) => {
      left.add(id);
      size();
    },
    size,
    starting: () => startingIn(counts()),
  };
}

function startingIn(inputs: ReadonlyMap<string, PoolInput>): number {
  return inputs.values().reduce((sum, { starting }) => sum + starting, 0);
}

function emptyInput(id: string, pool: Pool, now: number, max: number): PoolInput {
  pool.claims = pool.claims.filter((at) => now - at < recentMs);
  return { id, size: pool.shape.size, max, recentClaims: pool.claims.length, unmet: 0, fresh: 0, starting: 0, claimed: 0 };
}
