import { expect, it } from 'vitest';
import { lesserQuantity } from './quantity.ts';

it.each([
  ['50m', '1', '50m'],
  ['1', '50m', '50m'],
  ['0.5', '600m', '0.5'],
  ['1Gi', '512Mi', '512Mi'],
  ['1G', '1Gi', '1G'],
  ['lots', '1', '1'],
])('takes of %s and %s the lesser', (one, other, lesser) => {
  expect(lesserQuantity(one, other)).toBe(lesser);
});
