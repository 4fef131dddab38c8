export interface ScaleInput {
  now: number;
  /** Mean concurrency of the last 60 s and of the last 6 s. */
  stable: number;
  panic: number;
  ready: number;
  /** Target concurrency of one instance. */
  target: number;
  min: number;
  /** 0: no limit. */
  max: number;
  lastRequestAt: number;
  zeroGraceMs: number;
  /** Until when a former decision stays in panic, and what it wanted. */
  before: { panicUntil: number; desired: number };
}

export interface ScaleDecision {
  desired: number;
  panicUntil: number;
}

const stableWindowMs = 60_000;
const panicThreshold = 2;

/** How many instances there should be, by what they carried. In panic it never goes down. */
export function decideScale(input: ScaleInput): ScaleDecision {
  const ready = Math.max(1, input.ready);
  const wanted = (concurrency: number): number => Math.max(Math.floor(input.ready / 2), Math.ceil(concurrency / input.target));
  const panics = Math.ceil(input.panic / input.target) / ready >= panicThreshold;
  const panicUntil = panics ? input.now + stableWindowMs : input.before.panicUntil;
  const inPanic = panicUntil > input.now;
  const byLoad = inPanic ? Math.max(wanted(input.stable), wanted(input.panic), input.before.desired) : wanted(input.stable);
  const keepsLast = input.ready > 0 && input.now - input.lastRequestAt < input.zeroGraceMs;
  const floor = Math.max(input.min, keepsLast ? 1 : 0);
  const desired = Math.max(floor, byLoad);
  return { desired: input.max === 0 ? desired : Math.min(desired, Math.max(input.max, input.min)), panicUntil };
}

/** Which instances go, the emptiest first and the youngest of equals. */
export function surplus<T extends { inFlight: number; createdAt: number }>(instances: readonly T[], desired: number): T[] {
  const count = Math.max(0, instances.length - desired);
  return instances.toSorted((left, right) => left.inFlight - right.inFlight || right.createdAt - left.createdAt).slice(0, count);
}
