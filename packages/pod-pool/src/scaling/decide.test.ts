import { expect, it } from 'vitest';
import { decideScale, surplus, type ScaleInput } from './decide.ts';

const calm: ScaleInput = {
  now: 1e6,
  stable: 0,
  panic: 0,
  stableWindowMs: 60_000,
  ready: 1,
  target: 10,
  min: 0,
  max: 0,
  lastRequestAt: 0,
  zeroGraceMs: 30_000,
  keepUntil: 0,
  before: { panicUntil: 0, desired: 1 },
};

it('scales by the stable window, and by the panic window in a burst', () => {
  expect(decideScale(calm).desired).toBe(0);
  expect(decideScale({ ...calm, lastRequestAt: 1e6 - 1 }).desired).toBe(1);
  expect(decideScale({ ...calm, stable: 35 }).desired).toBe(4);
  expect(decideScale({ ...calm, stable: 5, panic: 50 })).toEqual({ desired: 5, panicUntil: 1_060_000 });
  expect(decideScale({ ...calm, ready: 5, before: { panicUntil: 1e6 + 1, desired: 5 } }).desired).toBe(5);
  expect(decideScale({ ...calm, stable: 500, max: 3 }).desired).toBe(3);
  expect(decideScale({ ...calm, min: 2 }).desired).toBe(2);
});

it('goes down by half at most while there are requests', () => {
  expect(decideScale({ ...calm, ready: 9, lastRequestAt: 1e6 - 1 }).desired).toBe(4);
});

it('scales nothing down before it has seen a full window', () => {
  expect(decideScale({ ...calm, ready: 4, keepUntil: 1e6 + 1 }).desired).toBe(4);
  expect(decideScale({ ...calm, ready: 4, keepUntil: 1e6 }).desired).toBe(0);
});

it('ends the emptiest instances, and of equals the youngest', () => {
  const instances = [3, 0, 1, 1].map((inFlight, createdAt) => ({ inFlight, createdAt }));
  expect(surplus(instances, 2)).toEqual([
    { inFlight: 0, createdAt: 1 },
    { inFlight: 1, createdAt: 3 },
  ]);
});
