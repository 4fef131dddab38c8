import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { SourceMetric } from '@openfunction/protocol';
import { kubernetesBehavior, type ScaleBehavior } from './behavior.ts';
import { decideSources, type SourcesInput, type SourcesState } from './decide-sources.ts';
import type { SourceLimits } from './source-limits.ts';

const metric = (given: Partial<SourceMetric> = {}): SourceMetric => ({
  name: 'kafka',
  value: 0,
  target: 10,
  isTotal: false,
  isActive: (given.value ?? 0) > 0,
  failures: 0,
  ...given,
});
const whole = { type: 'Pods', value: 1000, periodMs: 1 } as const;
const atOnce: ScaleBehavior = {
  up: { windowMs: 0, select: 'Max', policies: [whole] },
  down: { windowMs: 0, select: 'Max', policies: [whole] },
};
const limits: SourceLimits = { max: 100, cooldownMs: 60_000, holdMs: 60_000, behavior: atOnce };
const steady = (desired: number): SourcesState => ({ desired, lastActiveAt: 1e6, recommendations: [], changes: [] });
const decide = (metrics: SourceMetric[], given: Partial<SourcesInput> & { readyThen?: number } = {}): SourcesState => {
  const { readyThen = given.ready ?? 1, ...rest } = given;
  return decideSources({
    now: 1e6,
    ready: 1,
    report: { metrics, ready: readyThen },
    limits,
    before: steady(rest.before?.desired ?? rest.ready ?? 1),
    ...rest,
  });
};
const none = { ready: 0, before: undefined };

it('gives each instance its share of what waits', () => {
  expect(decide([metric({ value: 35 })]).desired).toBe(4);
  expect(decide([metric({ value: 40 })]).desired).toBe(4);
  expect(decide([metric({ value: 2.1, target: 0.7 })]).desired).toBe(3);
});

it('multiplies what there is by how far a total is from its target, as it was when that was measured', () => {
  const value = metric({ value: 25, isTotal: true });
  expect(decide([value], { ready: 2 }).desired).toBe(5);
  expect(decide([value], { ready: 5, readyThen: 2 }).desired).toBe(5);
  expect(decide([value], none).desired).toBe(3);
});

it('changes nothing for a tenth more or less', () => {
  expect(decide([metric({ value: 109 })], { ready: 10 }).desired).toBe(10);
  expect(decide([metric({ value: 91 })], { ready: 10 }).desired).toBe(10);
  expect(decide([metric({ value: 112 })], { ready: 10 }).desired).toBe(12);
  expect(decide([metric({ value: 10.9, isTotal: true })], { ready: 10 }).desired).toBe(10);
});

it('follows the source that asks for the most', () => {
  expect(decide([metric({ value: 10 }), metric({ value: 70 }), metric({ value: 30 })]).desired).toBe(7);
});

it('begins as soon as one source is active, and not before', () => {
  expect(decide([metric({ value: 5, isActive: false })], none).desired).toBe(0);
  expect(decide([metric({ value: 5, isActive: false }), metric({ value: 0, isActive: true })], none).desired).toBe(1);
});

it('keeps one for the cooldown after the last activity, and then none, however many there are', () => {
  const idle = [metric()];
  expect(decide(idle, { ready: 5, now: 1e6 + 59_999 }).desired).toBe(1);
  expect(decide(idle, { ready: 5, now: 1e6 + 60_000 }).desired).toBe(0);
  expect(decide(idle, { ready: 5, now: 1e6 + 60_000, limits: { ...limits, behavior: kubernetesBehavior } }).desired).toBe(0);
});

it('counts the cooldown from its beginning when it finds instances and knows nothing else', () => {
  const first = decideSources({ now: 2e6, ready: 3, report: { metrics: [metric()], ready: 3 }, limits, before: undefined });
  expect(first).toMatchObject({ desired: 1, lastActiveAt: 2e6 });
  expect(decide([metric()], { now: 2e6 + 60_000, ready: 3, before: first }).desired).toBe(0);
});

it('ends nothing while a source cannot be measured, and starts nothing for it', () => {
  const unsure = metric({ value: 20, isActive: false, failures: 1 });
  expect(decide([unsure], { ready: 5, now: 1e7 }).desired).toBe(5);
  expect(decide([unsure, metric({ value: 80 })], { ready: 5 }).desired).toBe(8);
  expect(decide([metric({ failures: 9 })], none).desired).toBe(0);
});

it('falls back to what the function says when a source could not be measured so often', () => {
  const given = { limits: { ...limits, fallback: { failureThreshold: 3, replicas: 6 } } };
  expect(decide([metric({ failures: 2 })], { ...given, ready: 2 }).desired).toBe(2);
  expect(decide([metric({ failures: 3 })], { ...given, ready: 2 }).desired).toBe(6);
  expect(decide([metric({ failures: 3 })], { ...given, ...none }).desired).toBe(6);
  expect(decide([metric({ failures: 3 })], { ...given, ready: 9 }).desired).toBe(6);
});

it('grows and shrinks no faster than Kubernetes does', () => {
  const given = { limits: { ...limits, behavior: kubernetesBehavior } };
  const much = [metric({ value: 1000 })];
  let state = decide(much, { ...given, ready: 0, before: undefined });
  expect(state.desired).toBe(5);
  const step = (ms: number, metrics = much): number => {
    state = decide(metrics, { ...given, now: 1e6 + ms, ready: state.desired, before: state });
    return state.desired;
  };
  expect([step(250), step(14_750), step(15_000), step(30_000), step(45_000), step(60_000), step(75_000)]).toEqual([
    5, 5, 10, 20, 40, 80, 100,
  ]);
  const little = [metric({ value: 10 })];
  expect([step(76_000, little), step(375_750, little), step(376_000, little)]).toEqual([100, 100, 1]);
});

const metrics = fc.array(
  fc.record({
    name: fc.constant('m'),
    value: fc.double({ min: 0, max: 1e9, noNaN: true }),
    target: fc.double({ min: 0.001, max: 1e6, noNaN: true }),
    isTotal: fc.boolean(),
    isActive: fc.boolean(),
    failures: fc.nat({ max: 4 }),
  }),
  { maxLength: 4 },
);
const rules = fc.record({
  windowMs: fc.nat({ max: 400_000 }),
  select: fc.constantFrom('Max', 'Min', 'Disabled'),
  policies: fc.array(
    fc.record({
      type: fc.constantFrom('Pods', 'Percent'),
      value: fc.integer({ min: 1, max: 200 }),
      periodMs: fc.integer({ min: 1000, max: 1_800_000 }),
    }),
    { minLength: 1, maxLength: 3 },
  ),
});
const story = fc.record({
  limits: fc.record(
    {
      max: fc.integer({ min: 1, max: 50 }),
      cooldownMs: fc.nat({ max: 100_000 }),
      holdMs: fc.constant(60_000),
      behavior: fc.record({ up: rules, down: rules }),
      fallback: fc.record({ failureThreshold: fc.integer({ min: 1, max: 4 }), replicas: fc.nat({ max: 9 }) }),
    },
    { requiredKeys: ['max', 'cooldownMs', 'holdMs', 'behavior'] },
  ),
  steps: fc.array(fc.record({ after: fc.integer({ min: 1, max: 120_000 }), metrics, ready: fc.nat({ max: 60 }) }), { maxLength: 40 }),
});
const replaced = ({ failures }: SourceMetric, { fallback }: SourceLimits): boolean =>
  fallback !== undefined && failures >= fallback.failureThreshold;

it('never asks for more than the most, nor for none while a source is active, whatever was before', () => {
  fc.assert(
    fc.property(story, ({ limits: given, steps }) => {
      let [now, before]: [number, SourcesState | undefined] = [1e6, undefined];
      for (const { after, metrics: seen, ready } of steps) {
        now += after;
        const state = decideSources({ now, ready, report: { metrics: seen, ready }, limits: given, before });
        expect(state.desired).toBeLessThanOrEqual(given.max);
        expect(Number.isInteger(state.desired)).toBe(true);
        if (seen.some((one) => one.isActive && !replaced(one, given))) expect(state.desired).toBeGreaterThan(0);
        before = state;
      }
    }),
  );
});

it('comes to what the sources ask for when they stay as they are, whatever was before', () => {
  fc.assert(
    fc.property(story, metrics, fc.nat({ max: 30 }), ({ limits: given, steps }, last, ready) => {
      const sure = last.map((one) => ({ ...one, failures: 0, isActive: true, isTotal: false }));
      const allowing = {
        ...given,
        behavior: { up: { ...given.behavior.up, select: 'Max' as const }, down: { ...given.behavior.down, select: 'Max' as const } },
      };
      let now = 1e6;
      const states: SourcesState[] = [];
      const step = (seen: SourceMetric[], after: number, there: number): void => {
        now += after;
        const report = { metrics: seen, ready: there };
        states.push(decideSources({ now, ready: there, report, limits: allowing, before: states.at(-1) }));
      };
      for (const { after, metrics: seen, ready: there } of steps) step(seen, after, there);
      for (let at = 0; at < 200; at += 1) step(sure, 1_800_001, ready);
      const wanted = Math.max(0, ...sure.map(({ value, target }) => value / target));
      const isNear = ready > 0 && sure.some(({ value, target }) => Math.abs(1 - value / target / ready) <= 0.1001);
      fc.pre(!isNear);
      const expected = sure.length === 0 ? 0 : Math.min(given.max, Math.max(1, Math.ceil(Math.round(wanted * 1e6) / 1e6)));
      expect(states.at(-1)?.desired).toBe(expected);
    }),
  );
});

it('never goes down within the window in which it was asked for as many', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ after: fc.integer({ min: 1, max: 60_000 }), value: fc.nat({ max: 400 }) }), { maxLength: 60 }),
      (steps) => {
        const given = { ...limits, behavior: kubernetesBehavior };
        let now = 1e6;
        let state: SourcesState = { desired: 0, recommendations: [], changes: [] };
        const seen: { from: number; wanted: number }[] = [];
        for (const { after, value } of steps) {
          now += after;
          const { desired } = state;
          const report = { metrics: [metric({ value, isActive: true })], ready: 0 };
          state = decideSources({ now, ready: desired, report, limits: given, before: state });
          seen.push({ from: now, wanted: Math.max(1, Math.ceil(value / 10)) });
          const within = seen.filter((_, at) => (seen[at + 1]?.from ?? now) > now - 300_000 || at === seen.length - 1);
          if (state.desired < desired) expect(state.desired).toBeGreaterThanOrEqual(Math.max(...within.map(({ wanted }) => wanted)));
        }
      },
    ),
  );
});
