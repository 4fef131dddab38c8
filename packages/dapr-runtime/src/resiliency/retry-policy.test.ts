import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isMatched, retryDelayMs, type RetryPolicy } from './retry-policy.ts';

const exponential: RetryPolicy = { backOff: { kind: 'exponential', maxIntervalMs: 15_000 }, maxRetries: -1, matching: {} };

describe('a retry policy', () => {
  it('waits the same between tries when it is constant, and ends after as many as it says', () => {
    const constant: RetryPolicy = { backOff: { kind: 'constant', durationMs: 200 }, maxRetries: 2, matching: {} };
    expect([0, 1, 2, 3].map((retries) => retryDelayMs(constant, retries, 0.7))).toEqual([200, 200, undefined, undefined]);
    expect(retryDelayMs({ ...constant, maxRetries: 0 }, 0, 0)).toBeUndefined();
    expect(retryDelayMs({ ...constant, maxRetries: -1 }, 1e6, 0)).toBe(200);
  });

  it('waits one and a half times as long each time when it is exponential', () => {
    expect([0, 1, 2].map((retries) => retryDelayMs(exponential, retries, 0.5))).toEqual([500, 750, 1125]);
  });

  it('never waits longer than its longest interval, nor less than half of what is due', () => {
    fc.assert(
      fc.property(fc.nat({ max: 10_000 }), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (retries, random) => {
        const delay = retryDelayMs(exponential, retries, random) ?? NaN;
        expect(delay).toBeLessThanOrEqual(15_000);
        expect(delay).toBeGreaterThanOrEqual(Math.min(15_000, 250 * 1.5 ** Math.min(retries, 60)));
      }),
    );
  });

  it('matches codes by themselves and in ranges, and every code without a list', () => {
    const ranges = [
      [429, 429],
      [500, 599],
    ] as const;
    expect([428, 429, 499, 500, 599].map((code) => isMatched(ranges, code))).toEqual([false, true, false, true, true]);
    expect(isMatched(undefined, 404)).toBe(true);
  });
});
