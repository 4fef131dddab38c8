export interface ScaleInput {
  now: number;
  /** Mean concurrency of the stable window and of the panic window. */
  stable: number;
  panic: number;
  stableWindowMs: number;
  ready: number;
  /** Requests that one instance is to carry at a time. */
  target: number;
  min: number;
  /** 0: no limit. */
  max: number;
  lastRequestAt: number;
  zeroGraceMs: number;
  /** Before then nothing is scaled down: who just began has not seen a full window. */
  keepUntil: number;
  /** Until when a former decision stays in panic, and what it wanted. */
  before: { panicUntil: number; desired: number };
}

export interface ScaleDecision {
  desired: number;
  panicUntil: number;
}

const panicThreshold = 2;

/** How many instances there should be, by what they carried. In panic it never goes down. */
export function decideScale(input: ScaleInput): ScaleDecision {
  const byConcurrency = (concurrency: number): number => Math.ceil(concurrency / input.target);
  const panics = byConcurrency(input.panic) / Math.max(1, input.ready) >= panicThreshold;
  const panicUntil = panics ? input.now + input.stableWindowMs : input.before.panicUntil;
  const wanted =
    panicUntil > input.now
      ? Math.max(byConcurrency(input.stable), byConcurrency(input.panic), input.before.desired)
      : // Half of what is ready stays at least, until nothing was asked for a whole grace.
        Math.max(byConcurrency(input.stable), isIdle(input) ? 0 : Math.floor(input.ready / 2));
  const keepsLast = input.ready > 0 && !isIdle(input) ? 1 : 0;
  const kept = input.now < input.keepUntil ? input.ready : 0;
  const desired = Math.max(input.min, wanted, keepsLast, kept);
  return { desired: input.max === 0 ? desired : Math.min(desired, input.max), panicUntil };
}

function isIdle({ now, lastRequestAt, zeroGraceMs }: ScaleInput): boolean {
  return now - lastRequestAt >= zeroGraceMs;
}

/** Which instances go, the emptiest first and the youngest of equals. */
export function surplus<T extends { inFlight: number; createdAt: number }>(instances: readonly T[], desired: number): T[] {
  const count = Math.max(0, instances.length - desired);
  return instances.toSorted((left, right) => left.inFlight - right.inFlight || right.createdAt - left.createdAt).slice(0, count);
}
