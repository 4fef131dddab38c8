import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { progressLine } from './progress-line.ts';

function terminal(isTTY: boolean): { stream: PassThrough; shown: () => string } {
  const stream = Object.assign(new PassThrough({ encoding: 'utf8' }), { isTTY });
  return { stream, shown: () => String(stream.read() ?? '') };
}

it('is one line for each step where nobody looks', () => {
  const { stream, shown } = terminal(false);
  {
    using line = progressLine(stream);
    line.step('building …');
    line.step('building …');
    line.print('a.js:1');
  }
  expect(shown()).toBe('building …\na.js:1\n');
});

it('is one line that changes on a terminal, and leaves nothing behind', () => {
  const { stream, shown } = terminal(true);
  let now = 0;
  {
    using line = progressLine(stream, { now: () => now });
    line.step('building …');
    now = 2500;
    line.print('a.js:1');
  }
  expect(shown().split('\r\u001B[2K')).toEqual(['', 'building …', 'a.js:1\n', 'building … 2 s', '']);
});
