/** What happened since the breaker came into its phase, or since its interval began. */
export interface Counts {
  requests: number;
  totalSuccesses: number;
  totalFailures: number;
  consecutiveSuccesses: number;
  consecutiveFailures: number;
}

export interface BreakerPolicy {
  /** Requests that are let through at once, and have to succeed, while it is half open. */
  maxRequests: number;
  /** How often the counts begin anew while it is closed; 0 for never. */
  intervalMs: number;
  /** How long it stays open. */
  timeoutMs: number;
  /** Whether a closed breaker opens. */
  trips(counts: Counts): boolean;
}

export interface BreakerState {
  phase: 'closed' | 'open' | 'half-open';
  /** Grows whenever counting begins anew: a request of an earlier generation no longer counts. */
  generation: number;
  counts: Counts;
  /** When the open phase, or the interval of counting, is over. */
  until: number;
}

const nothing: Counts = { requests: 0, totalSuccesses: 0, totalFailures: 0, consecutiveSuccesses: 0, consecutiveFailures: 0 };

export function closedBreaker(policy: Pick<BreakerPolicy, 'intervalMs'>, now: number, generation = 0): BreakerState {
  return { phase: 'closed', generation, counts: nothing, until: policy.intervalMs === 0 ? Infinity : now + policy.intervalMs };
}

/** Whether a request may go ahead now. */
export function admit(policy: BreakerPolicy, before: BreakerState, now: number): { state: BreakerState; isAdmitted: boolean } {
  const state = atTime(policy, before, now);
  const isAdmitted = state.phase === 'closed' || (state.phase === 'half-open' && state.counts.requests < policy.maxRequests);
  if (!isAdmitted) return { state, isAdmitted };
  return { state: { ...state, counts: { ...state.counts, requests: state.counts.requests + 1 } }, isAdmitted };
}

/** Counts what became of an admitted request of the generation. */
export function settle(
  policy: BreakerPolicy,
  before: BreakerState,
  { generation, isSuccess, now }: { generation: number; isSuccess: boolean; now: number },
): BreakerState {
  const state = atTime(policy, before, now);
  if (generation !== state.generation) return state;
  const counted = { ...state, counts: isSuccess ? succeeded(state.counts) : failed(state.counts) };
  switch (state.phase) {
    case 'closed':
      return !isSuccess && policy.trips(counted.counts) ? opened(policy, state, now) : counted;
    case 'half-open':
      if (!isSuccess) return opened(policy, state, now);
      return counted.counts.consecutiveSuccesses >= policy.maxRequests ? closedBreaker(policy, now, state.generation + 1) : counted;
    case 'open':
      return state;
  }
}

function atTime(policy: BreakerPolicy, state: BreakerState, now: number): BreakerState {
  if (now < state.until) return state;
  if (state.phase === 'open') return { phase: 'half-open', generation: state.generation + 1, counts: nothing, until: Infinity };
  return state.phase === 'closed' ? closedBreaker(policy, now, state.generation + 1) : state;
}

function opened({ timeoutMs }: BreakerPolicy, { generation }: BreakerState, now: number): BreakerState {
  return { phase: 'open', generation: generation + 1, counts: nothing, until: now + timeoutMs };
}

function succeeded(counts: Counts): Counts {
  return {
    ...counts,
    totalSuccesses: counts.totalSuccesses + 1,
    consecutiveSuccesses: counts.consecutiveSuccesses + 1,
    consecutiveFailures: 0,
  };
}

function failed(counts: Counts): Counts {
  return {
    ...counts,
    totalFailures: counts.totalFailures + 1,
    consecutiveFailures: counts.consecutiveFailures + 1,
    consecutiveSuccesses: 0,
  };
}
