export interface ClaimInput {
  /** Requests that wait. */
  waiting: number;
  /** Requests one instance takes at a time. */
  concurrency: number;
  /** Slots that nobody uses. */
  freeSlots: number;
  starting: number;
  running: number;
  /** What the load of the past asks for, the minimum included. */
  desired: number;
  /** How many more there may be. */
  room: number;
}

export interface ClaimPlan {
  count: number;
  /** How many of them are for those who wait now. */
  forWaiters: number;
}

/** How many instances to claim: for those who wait, or up to what is desired. The ones that start already count. */
export function planClaims(input: ClaimInput): ClaimPlan {
  const unserved = Math.max(0, input.waiting - input.freeSlots);
  const forWaiters = Math.ceil(unserved / input.concurrency) - input.starting;
  const forScale = input.desired - input.running - input.starting;
  const within = (count: number): number => Math.max(0, Math.min(count, input.room));
  return { count: within(Math.max(forWaiters, forScale)), forWaiters: within(forWaiters) };
}
