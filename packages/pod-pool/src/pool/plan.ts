export interface PoolInput {
  id: string;
  /** Fresh instances to keep when nothing happens, and the most that recent claims can make of it. */
  size: number;
  max: number;
  /** Claims in the last minute: a burst is likely to be followed by another. */
  recentClaims: number;
  /** Claims that wait because no Fresh instance was left. */
  unmet: number;
  fresh: number;
  starting: number;
  /** Taken, but not yet recorded as someone's: they still count for the Workload. */
  claimed: number;
}

/**
 * How many instances each pool's Workload should have now. What is waited for comes before stock, which a pool gets when
 * nobody waits for it any more; all starts together stay within `startsAtOnce`, shared one by one among the pools, but each pool that is waited for starts one at
 * least: nobody's burst starves another's.
 */
export function planPools(pools: readonly PoolInput[], startsAtOnce: number): Map<string, number> {
  const starts = new Map(pools.map(({ id }) => [id, 0]));
  let budget = startsAtOnce - pools.reduce((sum, { starting }) => sum + starting, 0);
  // Starts that never end, such as in a namespace without quota, must not use up everyone's bound.
  for (const pool of pools) {
    if (pool.starting > 0 || unmetStarts(pool) === 0) continue;
    starts.set(pool.id, 1);
    budget -= 1;
  }
  budget = share(pools, unmetStarts, starts, budget);
  share(pools, stockStarts, starts, budget);
  return new Map(pools.map((pool) => [pool.id, replicasOf(pool, starts.get(pool.id) ?? 0)]));
}

/** Gives one start after the other to each pool that wants more; answers what is left. */
function share(pools: readonly PoolInput[], wants: (pool: PoolInput) => number, starts: Map<string, number>, budget: number): number {
  let left = budget;
  for (let given = true; given && left > 0;) {
    given = false;
    for (const pool of pools) {
      const has = starts.get(pool.id) ?? 0;
      if (left <= 0 || has >= wants(pool)) continue;
      starts.set(pool.id, has + 1);
      left -= 1;
      given = true;
    }
  }
  return left;
}

/** Whether there are fewer than are kept and waited for. */
export function isShort(pool: PoolInput): boolean {
  return stockStarts(pool) > 0;
}

function unmetStarts({ unmet, fresh, starting }: PoolInput): number {
  return Math.max(0, unmet - fresh - starting);
}

function stockStarts(pool: PoolInput): number {
  // What starts beside an instance that is waited for takes half of its processor.
  if (pool.unmet > 0) return unmetStarts(pool);
  return Math.max(0, stockOf(pool) - pool.fresh - pool.starting);
}

function stockOf({ size, max, recentClaims }: PoolInput): number {
  // A pool without stock makes instances for those who wait, and no others.
  return size === 0 ? 0 : Math.min(Math.max(size, max), Math.max(size, Math.ceil(recentClaims / 2)));
}

function replicasOf(pool: PoolInput, starts: number): number {
  const present = pool.fresh + pool.starting;
  const wanted = pool.unmet + stockOf(pool);
  // The Workload might end a taken instance for surplus, so it shrinks only while none is taken.
  if (present > wanted && pool.claimed === 0) return wanted;
  return present + pool.claimed + starts;
}
