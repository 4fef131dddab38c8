import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideKpa, initialKpa, panicFor, type KpaInput, type KpaSpec, type KpaState } from './kpa.ts';

const spec: KpaSpec = {
  metric: 'concurrency',
  aggregation: 'linear',
  target: 10,
  total: 10,
  stableWindowMs: 60_000,
  panicWindowMs: 6000,
  panicThreshold: 2,
  maxScaleUpRate: 1000,
  maxScaleDownRate: 2,
  activationScale: 1,
  targetBurstCapacity: -1,
  scaleDownDelayMs: 0,
};

interface Step extends Partial<KpaInput> {
  /** Seconds after the step before; a decision of Knative's comes every two. */
  after?: number;
}

/** What is decided at each step. */
function decided(given: Partial<KpaSpec>, steps: readonly Step[], ready = 1): number[] {
  let now = 0;
  let state: KpaState = initialKpa(now, ready);
  return steps.map(({ after = 2, ...step }) => {
    now += after * 1000;
    const decision = decideKpa({ ...spec, ...given }, { now, ready: 1, stable: 0, panic: 0, ...step }, state);
    state = decision.state;
    return decision.desired;
  });
}

describe('decides as Knative', () => {
  it.each<[string, Partial<KpaSpec>, Step[], number[]]>([
    ['what the stable window asks for', {}, [{ stable: 50, panic: 0 }], [5]],
    ['a part of an instance is a whole one', {}, [{ stable: 50.1, ready: 5 }], [6]],
    ['nothing asks for nothing', {}, [{}], [0]],
    ['the panic window, when it asks for twice what is ready', {}, [{ stable: 5, panic: 20 }], [2]],
    ['not the panic window below that', {}, [{ stable: 25, panic: 30, ready: 2 }], [3]],
    ['in panic the stable window, when it asks for more', {}, [{ stable: 70, panic: 20 }], [7]],
    [
      'a panic follows the load as it doubles and doubles again, and never goes down',
      { target: 1 },
      [
        { stable: 6, panic: 6, ready: 1 },
        { stable: 36, panic: 36, ready: 6 },
        { stable: 216, panic: 216, ready: 36 },
        { stable: 100, panic: 100, ready: 216 },
        { stable: 0, panic: 0, ready: 216 },
      ],
      [6, 36, 216, 216, 216],
    ],
    [
      'a panic is over a whole stable window after its last reason, and not sooner',
      {},
      [{ panic: 20 }, { after: 30, panic: 20 }, { after: 60, stable: 5 }, { after: 1, stable: 5 }],
      [2, 2, 2, 1],
    ],
    [
      'no more than the rate allows, at each decision',
      { target: 1, maxScaleUpRate: 10 },
      [
        { stable: 1000, panic: 1001, ready: 0 },
        { stable: 1000, panic: 1001, ready: 10 },
      ],
      [10, 100],
    ],
    ['at least one more, however small the rate', { target: 1, maxScaleUpRate: 1.1 }, [{ stable: 3, panic: 3, ready: 2 }], [3]],
    [
      'no fewer than the rate allows',
      { maxScaleDownRate: 10 },
      [
        { stable: 1, panic: 1, ready: 100 },
        { stable: 1, panic: 1, ready: 10 },
      ],
      [10, 1],
    ],
    ['half of what is ready, as long as there was more', {}, [{ ready: 9 }, { ready: 4 }, { ready: 2 }, { ready: 1 }], [4, 2, 1, 0]],
    [
      'decisions within two seconds count from the same number',
      {},
      [{ ready: 9 }, { after: 0.5, ready: 4 }, { after: 1.5, ready: 4 }],
      [4, 4, 2],
    ],
    ['the activation scale when there is anything to do', { activationScale: 3 }, [{ stable: 1 }, { stable: 0 }], [3, 0]],
    ['more than the activation scale when that is asked for', { activationScale: 3 }, [{ stable: 50 }], [5]],
    [
      'a delay keeps the most of its time',
      { scaleDownDelayMs: 6000 },
      [
        { stable: 50, ready: 5 },
        { stable: 50, ready: 5 },
        { stable: 10, ready: 5 },
        { stable: 10, ready: 5 },
        { stable: 10, ready: 5 },
      ],
      [5, 5, 5, 5, 2],
    ],
  ])('%s', (_, given, steps, wanted) => {
    expect(decided(given, steps)).toEqual(wanted);
  });

  it('keeps what it finds for a whole window, when that is more than one', () => {
    expect(decided({}, [{ ready: 5 }, { after: 57, ready: 5 }, { after: 2, ready: 5 }], 5)).toEqual([5, 5, 2]);
    expect(decided({}, [{ ready: 1 }], 1)).toEqual([0]);
  });

  it.each([
    [-1, 5, 0, -1],
    [0, 5, 50, 0],
    [10, 5, 20, 20],
    [10, 5, 20.5, 19],
    [40, 5, 20, -10],
  ])('has room for a burst of %i: with %i ready and %i carried, %i', (targetBurstCapacity, ready, panic, excessBurst) => {
    const decision = decideKpa({ ...spec, targetBurstCapacity }, { now: 0, ready, stable: 0, panic }, initialKpa(0, 1));
    expect(decision.excessBurst).toBe(excessBurst);
  });
});

it('is in panic when instances were made for who waits', () => {
  const state = panicFor(initialKpa(0, 0), 1000, 8);
  const after = (now: number): number => decideKpa(spec, { now, ready: 8, stable: 1, panic: 1 }, state).desired;
  expect(after(2000)).toBe(8);
  expect(after(61_000)).toBe(8);
  expect(after(61_001)).toBe(4);
});

const load = fc.double({ min: 0, max: 1000, noNaN: true });

it('never decides less in a panic than before, and stays within its rates', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ stable: load, panic: load, ready: fc.nat({ max: 100 }), after: fc.constantFrom(0.25, 2, 30, 61) })),
      fc.constantFrom(1, 10, 70),
      (steps, target) => {
        let now = 0;
        let state = initialKpa(now, 0);
        let before = 0;
        for (const { after, ...step } of steps) {
          now += after * 1000;
          const wasPanicking = state.panicSince !== undefined;
          const { desired, state: next } = decideKpa({ ...spec, target }, { now, ...step }, state);
          if (wasPanicking && next.panicSince !== undefined) expect(desired).toBeGreaterThanOrEqual(before);
          if (next.panicSince === undefined)
            expect(desired).toBe(Math.max(Math.ceil(step.stable / target), Math.floor(next.period.ready / 2)));
          expect(desired).toBeGreaterThanOrEqual(Math.ceil(step.stable / target));
          [state, before] = [next, desired];
        }
      },
    ),
  );
});

it('wants no fewer for more load', () => {
  fc.assert(
    fc.property(load, load, load, fc.integer({ min: 1, max: 50 }), (stable, panic, more, ready) => {
      const decide = (extra: number): number =>
        decideKpa(spec, { now: 0, ready, stable: stable + extra, panic: panic + extra }, initialKpa(0, 1)).desired;
      expect(decide(more)).toBeGreaterThanOrEqual(decide(0));
    }),
  );
});
