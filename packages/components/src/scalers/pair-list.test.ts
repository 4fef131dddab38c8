import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { headerList, pairList } from './pair-list.ts';

describe('pairList', () => {
  it.each([
    ['a=1,b=2', { a: '1', b: '2' }],
    [' a = 1 , b = x=y ', { a: '1', b: 'x=y' }],
    ['a=', { a: '' }],
    ['', {}],
  ])('reads %j', (text, expected) => {
    expect(Object.fromEntries(pairList.parse(text) ?? [])).toEqual(expected);
  });

  it.each(['a', '=1', 'a=1,b'])('does not take %j', (text) => {
    expect(pairList.parse(text)).toBeUndefined();
  });

  it('reads back any pairs without commas', () => {
    const word = fc.stringMatching(/^[a-zA-Z0-9-]{1,10}$/);
    fc.assert(
      fc.property(fc.dictionary(word, word), (pairs) => {
        const text = Object.entries(pairs)
          .map((pair) => pair.join('='))
          .join(',');
        expect(new Map(Object.entries(pairs))).toEqual(pairList.parse(text));
      }),
    );
  });

  it('takes for a header only what stays in its line', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        for (const pair of headerList.parse(text) ?? []) expect(pair.join(': ')).not.toMatch(/[\r\n\0]/);
      }),
      { numRuns: 300 },
    );
    expect(headerList.parse('X-A=b\r\nX-C: d')).toBeUndefined();
    expect(headerList.parse('X A=b')).toBeUndefined();
  });
});
