/** What one gateway has of a function, and what it waits for. */
export interface Holding {
  gateway: string;
  slots: number;
  waiting: number;
  /** Slots that can be taken back: it has had them for a while. */
  settled: number;
  /** Those of them without a request. */
  idle: number;
}

export interface ReturnsInput {
  /** Slots of all instances together. */
  capacity: number;
  /** Slots that nobody has, and those that are on their way back. */
  free: number;
  holdings: readonly Holding[];
}

/**
 * How many slots each gateway is to give back so that nobody waits for ever who has less than a fair part, when there can be
 * no more instances. Where there are fewer slots than gateways they go round, one request at a time. Beyond that, what lies
 * idle with a gateway where nobody waits goes to those who do.
 */
export function planReturns({ capacity, free, holdings }: ReturnsInput): Map<string, number> {
  const part = Math.floor(capacity / Math.max(1, holdings.length));
  const missing = holdings.reduce((sum, { slots, waiting }) => sum + Math.min(waiting, Math.max(0, Math.max(1, part) - slots)), 0);
  const returns = new Map<string, number>();
  let needed = missing - free;
  for (const { gateway, slots, settled } of holdings.toSorted((left, right) => right.slots - left.slots)) {
    const back = Math.min(needed, slots - part, settled);
    if (back <= 0) continue;
    returns.set(gateway, back);
    needed -= back;
  }
  const waiting = holdings.reduce((sum, one) => sum + one.waiting, 0);
  let unserved = waiting - free - returns.values().reduce((sum, back) => sum + back, 0);
  for (const { gateway, idle } of holdings.filter((one) => one.waiting === 0)) {
    const back = returns.get(gateway) ?? 0;
    const more = Math.min(unserved, idle - back);
    if (more <= 0) continue;
    returns.set(gateway, back + more);
    unserved -= more;
  }
  return returns;
}
