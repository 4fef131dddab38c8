import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { partitionList } from './partition-list.ts';

describe('partitionList', () => {
  it.each([
    ['1', [1]],
    ['1,2,10-12', [1, 2, 10, 11, 12]],
    [' 3 - 4 , 3', [3, 4]],
    ['7-7', [7]],
  ])('reads %j', (text, expected) => {
    expect([...(partitionList.parse(text) ?? [])]).toEqual(expected);
  });

  it.each(['', ',', '1,', 'a', '-1', '4-3', '1-2-3', '0-999999999'])('does not take %j', (text) => {
    expect(partitionList.parse(text)).toBeUndefined();
  });

  it('reads what it stands for, whatever the ranges', () => {
    const range = fc.tuple(fc.nat(500), fc.nat(20));
    fc.assert(
      fc.property(fc.array(range, { minLength: 1, maxLength: 8 }), (ranges) => {
        const text = ranges.map(([from, more]) => (more === 0 ? String(from) : `${from}-${from + more}`)).join(',');
        const expected = new Set(ranges.flatMap(([from, more]) => Array.from({ length: more + 1 }, (_, index) => from + index)));
        expect(partitionList.parse(text)).toEqual(expected);
      }),
    );
  });

  it('answers any text with partitions or nothing', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[\d,\- ]{0,40}$/)), (text) => {
        for (const partition of partitionList.parse(text) ?? []) expect(partition).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 300 },
    );
  });
});
