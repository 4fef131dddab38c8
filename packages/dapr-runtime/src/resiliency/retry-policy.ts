/** Codes and ranges of codes, both ends included. */
export type CodeRanges = readonly (readonly [first: number, last: number])[];

export interface RetryPolicy {
  backOff: { kind: 'constant'; durationMs: number } | { kind: 'exponential'; maxIntervalMs: number };
  /** -1 for no end. */
  maxRetries: number;
  /** The answers that are worth another try, per protocol; without a list, all that are no success. */
  matching: { http?: CodeRanges; grpc?: CodeRanges };
}

const firstIntervalMs = 500;
const growth = 1.5;

/** How long to wait before another try after so many; `undefined` when there is to be none. `random` is from 0 up to 1. */
export function retryDelayMs({ backOff, maxRetries }: RetryPolicy, retries: number, random: number): number | undefined {
  if (maxRetries >= 0 && retries >= maxRetries) return undefined;
  if (backOff.kind === 'constant') return backOff.durationMs;
  // Beyond this power the interval is at its maximum, whatever that is.
  const interval = firstIntervalMs * growth ** Math.min(retries, 60);
  return Math.min(backOff.maxIntervalMs, interval * (0.5 + random));
}

/** Whether a code is among those that are worth another try. */
export function isMatched(ranges: CodeRanges | undefined, code: number): boolean {
  return ranges === undefined || ranges.some(([first, last]) => code >= first && code <= last);
}
