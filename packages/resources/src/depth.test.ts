import { expect, it } from 'vitest';
import { isDeeperThan } from './depth.ts';

const deep = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels));

it('tells the depth of a value, and takes no stack for it', () => {
  expect([isDeeperThan(1, 0), isDeeperThan([], 0), isDeeperThan([1], 0), isDeeperThan({ a: { b: 1 } }, 2)]).toEqual([
    false,
    false,
    true,
    false,
  ]);
  expect([isDeeperThan(deep(201), 200), isDeeperThan(deep(200), 200), isDeeperThan(deep(100_000), 200)]).toEqual([false, false, true]);
});
