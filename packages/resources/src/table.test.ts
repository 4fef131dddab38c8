import { expect, test } from 'vitest';
import { functionKind } from './kinds.ts';
import { cell, columnsOf } from './table.ts';

test('shows the internal address of a function', () => {
  const path = columnsOf(functionKind)[4]?.jsonPath ?? '';
  const addresses = [
    { type: 'External', value: 'a' },
    { type: 'Internal', value: 'b' },
  ];
  expect(cell({ status: { addresses } }, path)).toBe('b');
  expect(cell({}, path)).toBeUndefined();
});
