import { expect, it } from 'vitest';
import { growingTable, textTable } from './text-table.ts';

it('aligns columns as kubectl does', () => {
  expect(
    textTable(
      ['Name', 'Age'],
      [
        ['orders', '1s'],
        ['x', '2m'],
      ],
    ),
  ).toBe('NAME     AGE\norders   1s\nx        2m\n');
});

it('keeps columns apart when later rows are wider', () => {
  const table = growingTable(['A', 'B']);
  expect(table.add([['x', '1']])).toBe('A   B\nx   1\n');
  expect(table.add([['wider', '2']])).toBe('wider   2\n');
});
