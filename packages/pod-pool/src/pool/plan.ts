export interface PoolInput {
  /** Fresh instances to keep when nothing happens. */
  size: number;
  max: number;
  /** Claims in the last minute: a burst is likely to be followed by another. */
  recentClaims: number;
  /** Waiters for whom no Fresh instance was left. */
  unmet: number;
  /** Instances that start at one time for stock; those for waiters are not held up by it. */
  refillAtOnce: number;
  fresh: number;
  starting: number;
}

/** How many instances the pool's Workload should have now. */
export function planPool(input: PoolInput): number {
  const stock = Math.min(input.max, Math.max(input.size, Math.ceil(input.recentClaims / 2)));
  const present = input.fresh + input.starting;
  const refill = Math.min(Math.max(0, stock - present), Math.max(0, input.refillAtOnce - input.starting));
  // What waits on demand comes on top of the bound for stock.
  return Math.max(Math.min(present, stock), Math.min(stock, present + refill)) + input.unmet;
}
