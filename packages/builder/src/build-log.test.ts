import fc from 'fast-check';
import { expect, it } from 'vitest';
import { BuildLog } from './build-log.ts';

function logOf(...texts: string[]): BuildLog {
  const log = new BuildLog(() => 0);
  for (const text of texts) log.add(0, text);
  return log;
}

it('tells the whole of a short log, a line for each', () => {
  expect(logOf().tail(100)).toBe('');
  expect(logOf('one', 'two\n').tail(100)).toBe('one\ntwo\n');
});

it('tells the last whole lines of a longer one, or the end of its last', () => {
  expect(logOf('one', 'two', 'three').tail(13)).toBe('…\nthree\n');
  expect(logOf('ü'.repeat(100)).tail(10)).toBe('…\nüü\n');
});

it('tells never more than it may, and always the end', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme', minLength: 1 })), fc.integer({ min: 16, max: 200 }), (texts, max) => {
      const tail = logOf(...texts).tail(max);
      const whole = texts.map((text) => (text.endsWith('\n') ? text : `${text}\n`)).join('');
      expect(Buffer.byteLength(tail)).toBeLessThanOrEqual(max);
      expect(whole.endsWith(tail.replace(/^…\n/, '')) || whole === tail).toBe(true);
    }),
  );
});
