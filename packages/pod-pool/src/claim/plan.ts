export interface ClaimInput {
  waiting: number;
  /** Requests one instance takes at a time; 0: no limit. */
  limit: number;
  /** Slots that nobody uses. */
  freeSlots: number;
  starting: number;
  running: number;
  /** 0: no limit. */
  maxReplicas: number;
}

/** How many instances to claim for those who wait: the ones that start already count. */
export function planClaims(input: ClaimInput): number {
  const unserved = Math.max(0, input.waiting - input.freeSlots);
  const needed = input.limit === 0 ? Math.min(1, unserved) : Math.ceil(unserved / input.limit);
  const room = input.maxReplicas === 0 ? Infinity : input.maxReplicas - input.running - input.starting;
  return Math.max(0, Math.min(needed - input.starting, room));
}
