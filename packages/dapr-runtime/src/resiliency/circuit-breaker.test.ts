import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { admit, closedBreaker, settle, type BreakerPolicy, type BreakerState } from './circuit-breaker.ts';
import { compileTrip } from './compile-trip.ts';

const policy: BreakerPolicy = {
  maxRequests: 2,
  intervalMs: 0,
  timeoutMs: 100,
  trips: ({ consecutiveFailures }) => consecutiveFailures > 2,
};

/** One request after the other, each with its outcome, at the times given. */
function after(events: readonly { now: number; isSuccess: boolean }[], given: BreakerPolicy = policy): BreakerState {
  return events.reduce(
    (state, { now, isSuccess }) => {
      const admission = admit(given, state, now);
      if (!admission.isAdmitted) return admission.state;
      return settle(given, admission.state, { generation: admission.state.generation, isSuccess, now });
    },
    closedBreaker(given, 0),
  );
}
const failures = (count: number, now = 1) => Array.from({ length: count }, () => ({ now, isSuccess: false }));

describe('a circuit breaker', () => {
  it('opens when its rule holds, and lets nothing through while it is open', () => {
    expect(after(failures(2)).phase).toBe('closed');
    const open = after(failures(3));
    expect(open.phase).toBe('open');
    expect(admit(policy, open, 100).isAdmitted).toBe(false);
  });

  it('counts failures in a row, which a success ends', () => {
    expect(after([...failures(2), { now: 1, isSuccess: true }, ...failures(2)]).phase).toBe('closed');
  });

  it('lets as many through as may try it when it is half open, and closes when they succeed', () => {
    const open = after(failures(3));
    const first = admit(policy, open, 101);
    const second = admit(policy, first.state, 101);
    expect([first.isAdmitted, second.isAdmitted, admit(policy, second.state, 101).isAdmitted]).toEqual([true, true, false]);
    const { generation } = second.state;
    const once = settle(policy, second.state, { generation, isSuccess: true, now: 102 });
    expect(once.phase).toBe('half-open');
    expect(settle(policy, once, { generation, isSuccess: true, now: 102 }).phase).toBe('closed');
  });

  it('opens again at the first failure while it is half open', () => {
    const half = admit(policy, after(failures(3)), 101).state;
    const again = settle(policy, half, { generation: half.generation, isSuccess: false, now: 102 });
    expect([again.phase, admit(policy, again, 201).isAdmitted, admit(policy, again, 202).isAdmitted]).toEqual(['open', false, true]);
  });

  it('forgets its counts after each interval', () => {
    const cyclic = { ...policy, intervalMs: 10 };
    expect(after([...failures(2, 1), ...failures(2, 11)], cyclic).phase).toBe('closed');
    expect(after([...failures(2, 1), ...failures(1, 9)], cyclic).phase).toBe('open');
  });

  it('does not count what began before it opened', () => {
    const late = admit(policy, closedBreaker(policy, 0), 0).state;
    const half = admit(policy, after(failures(3)), 101).state;
    expect(settle(policy, half, { generation: late.generation, isSuccess: false, now: 101 })).toEqual(half);
  });

  it('never lets more through than allowed, whatever comes in whichever order', () => {
    const step = fc.record({
      kind: fc.constantFrom('admit', 'succeed', 'fail'),
      byMs: fc.integer({ min: 0, max: 60 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), fc.integer({ min: 1, max: 3 }), (steps, maxRequests) => {
        const tried = { ...policy, maxRequests };
        let state = closedBreaker(tried, 0);
        let now = 0;
        const under: number[] = [];
        for (const { kind, byMs } of steps) {
          now += byMs;
          if (kind === 'admit') {
            const before = state;
            const admission = admit(tried, state, now);
            ({ state } = admission);
            if (admission.isAdmitted) under.push(state.generation);
            expect(admission.isAdmitted && before.phase === 'open' && now < before.until).toBe(false);
          } else {
            const generation = under.shift();
            if (generation !== undefined) state = settle(tried, state, { generation, isSuccess: kind === 'succeed', now });
          }
          const { counts, phase } = state;
          expect(counts.totalSuccesses + counts.totalFailures).toBeLessThanOrEqual(counts.requests);
          if (phase === 'half-open') expect(counts.requests).toBeLessThanOrEqual(maxRequests);
          if (phase === 'closed') expect(counts.consecutiveFailures).toBeLessThanOrEqual(2);
        }
      }),
    );
  });
});

describe('the rule of a circuit breaker', () => {
  const counts = { requests: 10, totalSuccesses: 4, totalFailures: 6, consecutiveSuccesses: 0, consecutiveFailures: 3 };
  it.each([
    ['consecutiveFailures > 2', true],
    ['consecutiveFailures > 3', false],
    ['requests >= 10 && totalFailures * 100 / requests > 50', true],
    ['totalFailures / consecutiveSuccesses > 1', false],
  ])('takes %s', (text, expected) => {
    expect(compileTrip(text)(counts)).toBe(expected);
  });

  it.each(['consecutiveFailure > 2', 'totalFailures + 1', 'requests >', '"x" > 1', 'a'.repeat(5000)])('refuses %s', (text) => {
    expect(() => compileTrip(text)).toThrow();
  });
});
