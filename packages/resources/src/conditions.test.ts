import { expect, test } from 'vitest';
import { setCondition } from './conditions.ts';

test('keeps the transition time while the status stays', () => {
  const ready = { type: 'Ready', status: 'True', reason: 'Ok', message: '' } as const;
  const first = setCondition([], ready, 't1');
  expect(setCondition(first, ready, 't2')).toEqual(first);
});
