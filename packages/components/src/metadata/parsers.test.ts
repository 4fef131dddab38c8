import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byteSize } from './byte-size.ts';
import { commaList, duration, flag, jsonObject, oneOf, wholeNumber, type Parser } from './parsers.ts';

describe('metadata values', () => {
  it.each<[string, Parser<unknown>, string, unknown]>([
    ['a duration in several units', duration(), '1h2m3.5s', 3_723_500],
    ['a bare number of seconds', duration('s'), '15', 15_000],
    ['a bare number of milliseconds', duration('ms'), '15', 15],
    ['no negative duration', duration(), '-5s', undefined],
    ['no duration out of reach', duration(), '1e9h', undefined],
    ['no duration without a unit between numbers', duration(), '1h2', undefined],
    ['yes', flag, 'Yes', true],
    ['nothing as false', flag, '', false],
    ['no other word as a flag', flag, 'maybe', undefined],
    ['a number', wholeNumber(1, 10), ' 10 ', 10],
    ['no number over its bound', wholeNumber(1, 10), '11', undefined],
    ['no fraction', wholeNumber(0), '1.5', undefined],
    ['a choice in any case', oneOf('node', 'cluster'), 'CLUSTER', 'cluster'],
    ['no other choice', oneOf('node', 'cluster'), 'clusters', undefined],
    ['a list', commaList, ' a, b,,c ', ['a', 'b', 'c']],
    ['an object', jsonObject, '{"a":1}', { a: 1 }],
    ['no list as an object', jsonObject, '[1]', undefined],
    ['a size', byteSize, '100Mi', 104_857_600],
    ['a bare size', byteSize, '100', 100],
    ['no negative size', byteSize, '-1', undefined],
  ])('takes %s', (_what, parser, value, expected) => {
    expect(parser.parse(value)).toEqual(expected);
  });

  it('reads any text without a throw, and durations never below zero', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[\d.hmsnuµ-]{0,30}$/)), (value) => {
        for (const parser of [flag, wholeNumber(0), commaList, jsonObject, byteSize]) parser.parse(value);
        expect(duration().parse(value) ?? 0).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
