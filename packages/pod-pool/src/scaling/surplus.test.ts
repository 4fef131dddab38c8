import { expect, it } from 'vitest';
import { surplus } from './surplus.ts';

it('ends the emptiest instances, and of equals the youngest', () => {
  const instances = [3, 0, 1, 1].map((inFlight, createdAt) => ({ inFlight, createdAt }));
  expect(surplus(instances, 2)).toEqual([
    { inFlight: 0, createdAt: 1 },
    { inFlight: 1, createdAt: 3 },
  ]);
  expect(surplus(instances, 7)).toEqual([]);
});
