import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DeadlineWheel, type Timed } from './deadline-wheel.ts';

it('looks at each item by its time and never twice before, however time goes on', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 300_000 }), { minLength: 1, maxLength: 20 }),
      fc.array(fc.integer({ min: 1, max: 60_000 }), { minLength: 5, maxLength: 30 }),
      (deadlines, steps) => {
        const wheel = new DeadlineWheel(0);
        let now = 0;
        const ended: number[] = [];
        const items = deadlines.map((deadline, index): Timed => ({
          checkAt: Infinity,
          onCheck: (at) => {
            if (at < deadline) return deadline;
            ended[index] = at;
            return Infinity;
          },
        }));
        for (const [index, item] of items.entries()) wheel.checkBy(item, deadlines[index]!);
        for (const step of steps) {
          const before = now;
          now += step;
          wheel.advance(now);
          for (const [index, deadline] of deadlines.entries()) {
            if (deadline + 250 <= now) expect(ended[index]).toBeLessThanOrEqual(now);
            if (ended[index] === now) expect(deadline).toBeLessThanOrEqual(now);
            if (deadline > now) expect(ended[index]).toBeUndefined();
          }
          expect(before).toBeLessThan(now);
        }
      },
    ),
  );
});

it('is moved forward by an earlier deadline, not back by a later one, and forgets what is removed', () => {
  const wheel = new DeadlineWheel(0);
  const looks: number[] = [];
  const item: Timed = { checkAt: Infinity, onCheck: (now) => (looks.push(now), Infinity) };
  wheel.checkBy(item, 10_000);
  wheel.checkBy(item, 1_000);
  wheel.checkBy(item, 20_000);
  wheel.advance(1_250);
  expect(looks).toEqual([1_250]);
  wheel.checkBy(item, 5_000);
  wheel.remove(item);
  wheel.advance(30_000);
  expect(looks).toEqual([1_250]);
});
