import fc from 'fast-check';
import { expect, it } from 'vitest';
import { idleHistogram, isWarmAt, type WarmWindow } from './idle-histogram.ts';

const minute = 60_000;

function windowOf(rests: readonly number[]): WarmWindow | undefined {
  const histogram = idleHistogram();
  for (const rest of rests) histogram.rested(rest);
  return histogram.window();
}

it('has a timer ready shortly before it comes, and not in between', () => {
  const window = windowOf(Array.from({ length: 20 }, () => 30 * minute + 500));
  expect(window).toEqual({ fromMs: 27 * minute, untilMs: 34.1 * minute + 1 });
  expect([5, 28, 30, 33, 35].map((at) => isWarmAt(window!, at * minute))).toEqual([false, true, true, true, false]);
});

it('keeps what is called often ready from its last request on', () => {
  expect(windowOf([...Array.from({ length: 50 }, () => 2000), 5 * minute])).toEqual({ fromMs: 0, untilMs: expect.any(Number) as number });
});

it('says nothing of what it has seen too seldom, of long rests, or of rests without a pattern', () => {
  expect(windowOf([minute, minute, minute])).toBeUndefined();
  expect(windowOf(Array.from({ length: 20 }, () => 300 * minute))).toBeUndefined();
  expect(windowOf(Array.from({ length: 480 }, (_, at) => (at % 240) * minute))).toBeUndefined();
});

it('covers nearly all rests that it has seen, when it says anything', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1000, max: 239 * minute }), { minLength: 5, maxLength: 200 }), (rests) => {
      const window = windowOf(rests);
      if (window === undefined) return;
      const covered = rests.filter((rest) => isWarmAt(window, rest)).length;
      expect(covered).toBeGreaterThanOrEqual(Math.floor(rests.length * 0.9));
    }),
  );
});
