import { expect, it } from 'vitest';
import { ledger } from './ledger.ts';

it('lets an instance only go forward', () => {
  const stages = ledger();
  expect(stages.advance('i', 'Fresh')).toBe(true);
  expect(stages.advance('i', 'Claimed')).toBe(true);
  expect(stages.advance('i', 'Claimed')).toBe(false);
  expect(stages.advance('i', 'Fresh')).toBe(false);
  expect(stages.advance('i', 'Ending')).toBe(true);
  expect(stages.advance('i', 'Serving')).toBe(false);
  expect(stages.stageOf('i')).toBe('Ending');
});
