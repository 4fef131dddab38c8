import fc from 'fast-check';
import { expect, it } from 'vitest';
import { planReturns } from './plan-returns.ts';

const holding = (gateway: string, slots: number, waiting = 0, { settled = slots, idle = 0 } = {}) => ({
  gateway,
  slots,
  waiting,
  settled,
  idle,
});

it('takes what is above a fair part from who has most, as much as others miss', () => {
  expect([...planReturns({ capacity: 10, free: 0, holdings: [holding('a', 10, 5), holding('b', 0, 3)] })]).toEqual([['a', 3]]);
  expect([...planReturns({ capacity: 10, free: 0, holdings: [holding('a', 10), holding('b', 0, 30)] })]).toEqual([['a', 5]]);
  expect([...planReturns({ capacity: 12, free: 0, holdings: [holding('a', 7), holding('b', 5), holding('c', 0, 9)] })]).toEqual([
    ['a', 3],
    ['b', 1],
  ]);
});

it('takes nothing when enough is on its way, or everybody has a fair part', () => {
  expect([...planReturns({ capacity: 10, free: 3, holdings: [holding('a', 7), holding('b', 0, 3)] })]).toEqual([]);
  expect([...planReturns({ capacity: 10, free: 0, holdings: [holding('a', 5, 9), holding('b', 5, 9)] })]).toEqual([]);
});

it('lets the slots go round where there are fewer than gateways', () => {
  expect([...planReturns({ capacity: 1, free: 0, holdings: [holding('a', 1, 4), holding('b', 0, 2)] })]).toEqual([['a', 1]]);
});

it('never takes more than there is, nor from who has less than a fair part', () => {
  const one = fc
    .record({ gateway: fc.constantFrom('a', 'b', 'c', 'd'), slots: fc.nat({ max: 20 }), waiting: fc.nat({ max: 50 }) })
    .map(({ gateway, slots, waiting }) => holding(gateway, slots, waiting));
  fc.assert(
    fc.property(fc.uniqueArray(one, { selector: ({ gateway }) => gateway, minLength: 1 }), fc.nat({ max: 20 }), (holdings, free) => {
      const capacity = free + holdings.reduce((sum, { slots }) => sum + slots, 0);
      const returns = planReturns({ capacity, free, holdings });
      const part = Math.floor(capacity / holdings.length);
      for (const { gateway, slots } of holdings) {
        const back = returns.get(gateway) ?? 0;
        expect(back).toBeGreaterThanOrEqual(0);
        if (back > 0) expect(slots - back).toBeGreaterThanOrEqual(part);
      }
      // Who waits and has nothing gets something.
      const poor = holdings.some(({ slots, waiting }) => slots === 0 && waiting > 0);
      if (poor && capacity > 0) expect(free + returns.values().reduce((sum, back) => sum + back, 0)).toBeGreaterThan(0);
    }),
  );
});

it('gives what lies idle to who waits, whoever has more', () => {
  const holdings = [holding('a', 2, 0, { idle: 1 }), holding('b', 1, 2)];
  expect([...planReturns({ capacity: 3, free: 0, holdings })]).toEqual([['a', 1]]);
  expect([...planReturns({ capacity: 3, free: 2, holdings })]).toEqual([]);
});

it('leaves a gateway what it has only just got', () => {
  const holdings = [holding('a', 1, 3, { settled: 0 }), holding('b', 0, 7)];
  expect([...planReturns({ capacity: 1, free: 0, holdings })]).toEqual([]);
});
