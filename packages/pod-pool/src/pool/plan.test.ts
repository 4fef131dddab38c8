import fc from 'fast-check';
import { expect, it } from 'vitest';
import { planPools, type PoolInput } from './plan.ts';

const idle: PoolInput = { id: 'a', size: 4, max: 16, recentClaims: 0, unmet: 0, fresh: 0, starting: 0, claimed: 0 };
const one = (pool: Partial<PoolInput>, startsAtOnce = 8): number | undefined => planPools([{ ...idle, ...pool }], startsAtOnce).get('a');

it('refills within the bound of starts', () => {
  expect(one({}, 2)).toBe(2);
  expect(one({ starting: 2 }, 2)).toBe(2);
  expect(one({ fresh: 2, starting: 1 }, 2)).toBe(4);
});

it('starts for who waits before it starts for stock', () => {
  const burst = { ...idle, id: 'b', size: 0, unmet: 2 };
  expect(planPools([idle, burst], 2)).toEqual(
    new Map([
      ['a', 0],
      ['b', 2],
    ]),
  );
});

it('starts nothing for the stock of a pool while someone waits for it', () => {
  expect(one({ unmet: 2 })).toBe(2);
  expect(one({ unmet: 2, starting: 2 })).toBe(2);
  expect(one({ unmet: 1, starting: 1, claimed: 9, recentClaims: 10 })).toBe(10);
  expect(one({ claimed: 10, recentClaims: 10 })).toBe(15);
});

it('shares starts among tenants, whatever one of them asks for', () => {
  const starts = planPools(
    [
      { ...idle, unmet: 1000 },
      { ...idle, id: 'b', unmet: 1 },
    ],
    8,
  );
  expect(starts).toEqual(
    new Map([
      ['a', 7],
      ['b', 1],
    ]),
  );
});

it('keeps more after a burst, up to the most that it may', () => {
  expect(one({ fresh: 4, recentClaims: 12 })).toBe(6);
  expect(one({ fresh: 4, recentClaims: 1000 }, 100)).toBe(16);
});

it('shrinks only while nothing that the Workload might end is taken', () => {
  expect(one({ fresh: 9 })).toBe(4);
  expect(one({ fresh: 9, claimed: 1 })).toBe(10);
});

it('makes nothing for a pool without stock and waiters', () => {
  expect(one({ size: 0, recentClaims: 50 })).toBe(0);
});

it('stays within the bound but for one start of each pool that is waited for', () => {
  const count = fc.nat({ max: 20 });
  const pool = fc.record({
    size: count,
    max: count,
    recentClaims: count,
    unmet: count,
    fresh: count,
    starting: fc.nat({ max: 3 }),
    claimed: count,
  });
  fc.assert(
    fc.property(fc.array(pool, { minLength: 1, maxLength: 6 }), fc.integer({ min: 1, max: 30 }), (given, startsAtOnce) => {
      const pools = given.map((each, at) => ({ ...each, id: String(at) }));
      const planned = planPools(pools, startsAtOnce);
      const begun = pools.map(({ id, fresh, starting, claimed }) => Math.max(0, (planned.get(id) ?? 0) - fresh - starting - claimed));
      const starting = pools.reduce((sum, each) => sum + each.starting, 0);
      const needy = pools.filter(({ unmet, fresh, starting: own }) => unmet > fresh + own);
      const without = needy.filter((each) => each.starting === 0);
      const bound = Math.max(without.length, startsAtOnce - starting);
      expect(begun.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(bound);
      for (const { id } of without) expect(begun[Number(id)]).toBeGreaterThan(0);
    }),
  );
});
