import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { partitionProgress } from './partition-progress.ts';

describe('partitionProgress', () => {
  it('never says that something is done which is not, whatever ends first and whatever offsets are missing', () => {
    const offsets = fc
      .uniqueArray(fc.bigInt({ min: 10n, max: 200n }), { maxLength: 40 })
      .map((list) => list.toSorted((a, b) => Number(a - b)));
    fc.assert(
      fc.property(
        offsets.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list))),
        ([read, ended]) => {
          const progress = partitionProgress(10n);
          for (const offset of read) expect(progress.take(offset)).toBe(true);
          const open = new Set(read);
          for (const offset of ended) {
            progress.done(offset);
            open.delete(offset);
            const first = [...open][0];
            expect(progress.doneBelow).toBe(first ?? progress.next);
          }
        },
      ),
    );
  });

  it('takes a message once', () => {
    const progress = partitionProgress(5n);
    expect([progress.take(5n), progress.take(6n), progress.take(5n), progress.take(4n)]).toEqual([true, true, false, false]);
    expect(progress.next).toBe(7n);
  });
});
