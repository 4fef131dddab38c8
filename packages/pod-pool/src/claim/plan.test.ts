import fc from 'fast-check';
import { expect, it } from 'vitest';
import { planClaims } from './plan.ts';

const cold = { waiting: 100, concurrency: 1, freeSlots: 0, starting: 0, running: 0, desired: 0, room: Infinity };
const small = fc.nat({ max: 50 });

it.each([
  [1, 100],
  [10, 10],
  [100, 1],
])('claims for 100 waiters, %i to an instance, %i instances', (concurrency, claims) => {
  expect(planClaims({ ...cold, concurrency })).toEqual({ count: claims, forWaiters: claims });
});

it('counts what starts already, what is free, and what is desired', () => {
  expect(planClaims({ ...cold, concurrency: 10, starting: 7 }).count).toBe(3);
  expect(planClaims({ ...cold, concurrency: 10, freeSlots: 95 }).count).toBe(1);
  expect(planClaims({ ...cold, waiting: 0, desired: 3, running: 1, starting: 1 }).count).toBe(1);
});

it('never claims beyond the room', () => {
  fc.assert(
    fc.property(
      fc.record({
        waiting: small,
        concurrency: fc.integer({ min: 1, max: 50 }),
        freeSlots: small,
        starting: small,
        running: small,
        desired: small,
        room: small,
      }),
      (input) => {
        const { count: claims, forWaiters } = planClaims(input);
        expect(forWaiters).toBeLessThanOrEqual(claims);
        expect(claims).toBeGreaterThanOrEqual(0);
        expect(claims).toBeLessThanOrEqual(input.room);
      },
    ),
  );
});
