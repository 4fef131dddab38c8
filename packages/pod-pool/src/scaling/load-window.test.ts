import fc from 'fast-check';
import { expect, it } from 'vitest';
import { loadWindow, type LoadWindow } from './load-window.ts';

const second = 1000;

/** The window after one report a second from one source. */
function reported(values: readonly number[], longestMs = 60_000): { window: LoadWindow; now: number } {
  const window = loadWindow(longestMs);
  values.forEach((value, at) => window.add('g', { at: (at + 1) * second, overMs: second, value }));
  return { window, now: values.length * second };
}

it('is a mean over the time since the first report, and later over the whole window', () => {
  const { window, now } = reported([20, 20, 20, 20, 20]);
  expect(window.mean(now, 60_000)).toBe(20);
  expect(window.mean(now, 3000)).toBe(20);
  const later = reported([...Array.from({ length: 30 }, () => 20), ...Array.from({ length: 60 }, () => 0)]);
  expect(later.window.mean(later.now, 60_000)).toBe(0);
});

it('is at the end of each second what buckets of a second are, as Knative has them', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { minLength: 1, maxLength: 150 }),
      fc.constantFrom(6, 60),
      (values, seconds) => {
        const { window, now } = reported(values);
        const last = values.slice(-seconds);
        expect(window.mean(now, seconds * second)).toBeCloseTo(last.reduce((sum, value) => sum + value, 0) / last.length, 4);
      },
    ),
  );
});

it('says the same, however the reports are cut and by how many sources they come', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 50 }), { minLength: 8, maxLength: 40 }), fc.integer({ min: 1, max: 3 }), (quarters, sources) => {
      const [fine, coarse] = [loadWindow(60_000), loadWindow(60_000)];
      quarters.forEach((value, at) => {
        for (let source = 0; source < sources; source += 1)
          fine.add(`g${source}`, { at: (at + 1) * 250, overMs: 250, value: value / sources });
      });
      for (let at = 0; at + 4 <= quarters.length; at += 4) {
        const value = quarters.slice(at, at + 4).reduce((sum, each) => sum + each, 0) / 4;
        coarse.add('g', { at: (at / 4 + 1) * second, overMs: second, value });
      }
      const now = Math.floor(quarters.length / 4) * second;
      const whole = loadWindow(60_000);
      quarters.slice(0, now / 250).forEach((value, at) => whole.add('g', { at: (at + 1) * 250, overMs: 250, value }));
      expect(whole.mean(now, 6000)).toBeCloseTo(coarse.mean(now, 6000), 4);
      expect(fine.mean(quarters.length * 250, 60_000)).toBeGreaterThanOrEqual(0);
    }),
  );
});

it('does not sag while a report is on its way, and not stay when none comes', () => {
  const { window, now } = reported([10, 10, 10, 10, 10, 10]);
  expect(window.mean(now + 900, 6000)).toBe(10);
  expect(window.mean(now + 3000, 6000)).toBe(5);
  expect(window.mean(now + 6000, 6000)).toBe(0);
});

it('follows a source that says that it carries nothing, and one that is gone', () => {
  const { window, now } = reported([10, 10, 10, 10, 10, 10]);
  window.add('g', { at: now + 250, overMs: 250, value: 0 });
  expect(window.mean(now + 1000, 6000)).toBeCloseTo(50 / 6, 5);
  window.add('h', { at: now + 1000, overMs: 250, value: 100 });
  window.remove('h');
  expect(window.mean(now + 1000, 1000)).toBeCloseTo(25, 5);
});

it('averages a burst of a moment over a second at least', () => {
  const window = loadWindow(60_000);
  window.add('g', { at: 5020, overMs: 20, value: 10 });
  window.add('g', { at: 5040, overMs: 20, value: 0 });
  expect(window.mean(5040, 6000)).toBeCloseTo(0.2, 5);
});

it('begins again after a window without reports', () => {
  const { window, now } = reported([10]);
  expect(window.isEmpty(now + 59_000)).toBe(false);
  expect(window.isEmpty(now + 60_000)).toBe(true);
  window.add('g', { at: now + 70_000, overMs: second, value: 30 });
  expect(window.mean(now + 70_000, 60_000)).toBe(30);
});

it('can weigh the later seconds more', () => {
  const { window, now } = reported([...Array.from({ length: 54 }, () => 0), 10, 10, 10, 10, 10, 10]);
  expect(window.mean(now, 60_000)).toBe(1);
  expect(window.weightedMean(now, 60_000)).toBeGreaterThan(6);
  expect(window.weightedMean(now, 60_000)).toBeLessThan(10);
  const steady = reported(Array.from({ length: 60 }, () => 10));
  expect(steady.window.weightedMean(steady.now, 60_000)).toBeCloseTo(10, 2);
});
