import fc from 'fast-check';
import { expect, it } from 'vitest';
import { counted, type ProbeCount } from './probe-count.ts';

it('changes its mind when as many equal answers as it takes came in a row, and never else', () => {
  const threshold = fc.integer({ min: 1, max: 5 });
  fc.assert(
    fc.property(
      fc.boolean(),
      threshold,
      threshold,
      fc.array(fc.boolean(), { maxLength: 40 }),
      (first, successThreshold, failureThreshold, answers) => {
        let count: ProbeCount = { holds: first, inARow: 0 };
        let expected = first;
        answers.forEach((answer, at) => {
          count = counted(count, answer, { successThreshold, failureThreshold });
          const needed = answer ? successThreshold : failureThreshold;
          const newest = answers.slice(Math.max(0, at + 1 - needed), at + 1);
          if (newest.length === needed && newest.every((one) => one === answer)) expected = answer;
          expect(count.holds).toBe(expected);
        });
      },
    ),
  );
});
