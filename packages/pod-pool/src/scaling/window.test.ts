import { expect, it } from 'vitest';
import { concurrencyWindow } from './window.ts';

it('is a mean over the time since the first report, and later over the whole window', () => {
  const window = concurrencyWindow(60_000);
  for (let second = 0; second < 10; second += 1) window.add(second * 1000, 20);
  expect(window.mean(9000, 60_000)).toBe(20);
  for (let second = 10; second < 90; second += 1) window.add(second * 1000, 0);
  expect(window.mean(60_000, 60_000)).toBeLessThan(20);
  expect(window.mean(89_000, 60_000)).toBe(0);
});

it('adds up what several gateways report', () => {
  const window = concurrencyWindow(60_000);
  window.add(1000, 3);
  window.add(1500, 4);
  expect(window.mean(1900, 6000)).toBe(7);
});
