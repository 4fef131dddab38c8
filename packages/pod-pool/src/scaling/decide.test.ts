import { expect, it } from 'vitest';
import { decideScale, type ScaleInput } from './decide.ts';
import { initialKpa } from './kpa.ts';
import { scaleLimits } from './limits.ts';

const { kpa, ...limits } = scaleLimits({
  apiVersion: 'core.openfunction.io/v1beta2',
  kind: 'Serving',
  metadata: { name: 's' },
  spec: {
    image: 'i',
    annotations: { 'autoscaling.knative.dev/target': '10', 'autoscaling.knative.dev/target-utilization-percentage': '100' },
  },
});

const calm: ScaleInput = {
  now: 1e6,
  stable: 0,
  panic: 0,
  ready: 1,
  limits: { ...limits, kpa },
  min: 0,
  isBlind: false,
  lastRequestAt: 0,
  keepUntil: 0,
  activeSince: 0,
  before: { desired: 1, kpa: initialKpa(1e6 - 3000, 1) },
};
const desired = (given: Partial<ScaleInput>): number => decideScale({ ...calm, ...given }).desired;

it('stays within the bounds of the function', () => {
  expect(desired({ stable: 35 })).toBe(4);
  expect(desired({ stable: 500, limits: { ...calm.limits, max: 3 } })).toBe(3);
  expect(desired({ min: 2 })).toBe(2);
});

it('ends the last one when it was there for a whole window', () => {
  expect(desired({})).toBe(0);
  expect(desired({ activeSince: 1e6 - 59_000 })).toBe(1);
  expect(desired({ activeSince: 1e6 - 60_000 })).toBe(0);
});

it('spares the last one for as long as is asked for', () => {
  const spared = { ...calm, limits: { ...calm.limits, podRetentionMs: 90_000 } };
  const first = decideScale(spared);
  expect(first).toMatchObject({ desired: 1, state: { inactiveSince: 1e6 } });
  const before = { ...first.state, desired: 1 };
  expect(decideScale({ ...spared, now: 1e6 + 89_000, before }).desired).toBe(1);
  expect(decideScale({ ...spared, now: 1e6 + 90_000, before }).desired).toBe(0);
  // Something to do in between, and it begins again.
  const busy = decideScale({ ...spared, now: 1e6 + 50_000, stable: 1, before });
  expect(busy.state.inactiveSince).toBeUndefined();
});

it('ends nothing before a time without requests, when that is what is said', () => {
  const limits_ = { ...calm.limits, idleMs: 300_000 };
  expect(desired({ limits: limits_, lastRequestAt: 1e6 - 299_000 })).toBe(1);
  expect(desired({ limits: limits_, lastRequestAt: 1e6 - 300_000 })).toBe(0);
});

it('scales nothing down before it has seen a full window, nor while it sees nothing', () => {
  expect(desired({ ready: 4, keepUntil: 1e6 + 1 })).toBe(4);
  expect(desired({ ready: 4, keepUntil: 1e6 })).toBe(2);
  expect(desired({ ready: 4, isBlind: true })).toBe(4);
  expect(desired({ ready: 0, isBlind: true, before: { ...calm.before, desired: 3 } })).toBe(3);
});
