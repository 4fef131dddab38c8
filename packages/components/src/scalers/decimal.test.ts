import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decimal, positiveDecimal } from './decimal.ts';

describe('decimal', () => {
  it.each([
    ['1', 1],
    ['100.50', 100.5],
    [' -2.5 ', -2.5],
    ['.5', 0.5],
    ['1e3', 1000],
    ['', undefined],
    ['NaN', undefined],
    ['Infinity', undefined],
    ['1e999', undefined],
    ['0x10', undefined],
    ['1,5', undefined],
  ])('reads %j as %d', (text, expected) => {
    expect(decimal.parse(text)).toBe(expected);
  });

  it('reads back any number, and as a target only what is above 0', () => {
    fc.assert(
      fc.property(fc.double({ min: -1e15, max: 1e15, noNaN: true }), (number) => {
        const text = String(Math.round(number * 1000) / 1000);
        expect(decimal.parse(text)).toBe(Number(text));
        expect(positiveDecimal.parse(text)).toBe(Number(text) > 0 ? Number(text) : undefined);
      }),
    );
  });
});
