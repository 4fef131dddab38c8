import { expect, it } from 'vitest';
import { kubernetesBehavior, limited, stabilized, type ScalingRules } from './behavior.ts';

const policy = (type: 'Pods' | 'Percent', value: number, periodMs = 60_000) => ({ type, value, periodMs });
const rules = (given: Partial<ScalingRules>): ScalingRules => ({ windowMs: 0, select: 'Max', policies: [policy('Pods', 4)], ...given });
const to = (wanted: number, given: Partial<ScalingRules>, changes: { at: number; by: number }[] = []): number => {
  const behavior = { up: rules(given), down: rules(given) };
  return limited(wanted, { current: 10, now: 100_000, behavior, changes });
};

it('takes of several policies the one that allows most, or least, or none', () => {
  const policies = [policy('Pods', 4), policy('Percent', 100)];
  expect([to(50, { policies }), to(50, { policies, select: 'Min' }), to(50, { policies, select: 'Disabled' })]).toEqual([20, 14, 10]);
  expect([to(1, { policies }), to(1, { policies, select: 'Min' }), to(1, { policies, select: 'Disabled' })]).toEqual([1, 6, 10]);
});

it('goes no further than is wanted', () => {
  expect([to(12, {}), to(8, {}), to(10, {})]).toEqual([12, 8, 10]);
});

it('counts what changed within the period of a policy', () => {
  expect(to(50, {}, [{ at: 90_000, by: 3 }])).toBe(11);
  expect(to(50, {}, [{ at: 90_000, by: 6 }])).toBe(10);
  expect(to(50, {}, [{ at: 40_000, by: 6 }])).toBe(14);
  // What went meanwhile may come back.
  expect(to(50, {}, [{ at: 90_000, by: -5 }])).toBe(19);
  expect(to(1, {}, [{ at: 90_000, by: -3 }])).toBe(9);
  expect(to(1, { policies: [policy('Percent', 50)] }, [{ at: 90_000, by: -2 }])).toBe(6);
});

it('rounds percentages up when it grows, and down when it shrinks', () => {
  expect(to(50, { policies: [policy('Percent', 5)] })).toBe(11);
  expect(to(1, { policies: [policy('Percent', 5)] })).toBe(9);
});

it('waits for all recommendations of a window to ask for a change', () => {
  const behavior = { up: rules({ windowMs: 60_000 }), down: rules({ windowMs: 300_000 }) };
  const at = (now: number, ...values: [from: number, value: number][]): number =>
    stabilized(
      values.map(([from, value]) => ({ from, value })),
      { current: 5, now, behavior },
    );
  expect(at(100_000, [0, 5], [90_000, 9])).toBe(5);
  expect(at(150_001, [0, 5], [90_000, 9], [120_000, 8])).toBe(8);
  expect(at(400_000, [0, 5], [200_000, 1])).toBe(5);
  expect(at(500_001, [0, 5], [200_000, 1], [300_000, 2])).toBe(2);
  expect(stabilized([{ from: 0, value: 9 }], { current: 5, now: 1, behavior: kubernetesBehavior })).toBe(9);
});
