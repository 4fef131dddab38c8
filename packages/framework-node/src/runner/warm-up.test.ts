import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { warmUp } from './warm-up.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

interface Work {
  signal?: AbortSignal;
  finish: () => void;
  run: (signal: AbortSignal) => Promise<void>;
}

function work(): Work {
  const { promise, resolve } = Promise.withResolvers<void>();
  const begun: Work = {
    finish: resolve,
    run: (signal) => {
      begun.signal = signal;
      return promise;
    },
  };
  return begun;
}

it('begins when nobody has turned to the instance for a while', async () => {
  const begun = work();
  const warming = warmUp(begun.run);
  for (let passed = 0; passed < 1000; passed += 50) {
    warming.postpone();
    await vi.advanceTimersByTimeAsync(50);
  }
  expect(begun.signal).toBeUndefined();
  await vi.advanceTimersByTimeAsync(250);
  expect(begun.signal?.aborted).toBe(false);
});

it('begins once', async () => {
  const run = vi.fn(() => Promise.resolve());
  const warming = warmUp(run);
  await vi.advanceTimersByTimeAsync(500);
  warming.postpone();
  await vi.advanceTimersByTimeAsync(500);
  expect(run).toHaveBeenCalledTimes(1);
});

it('never begins after its end', async () => {
  const begun = work();
  await warmUp(begun.run).end();
  await vi.advanceTimersByTimeAsync(1000);
  expect(begun.signal).toBeUndefined();
});

it('ends early, and not before nothing is under way', async () => {
  const begun = work();
  const warming = warmUp(begun.run);
  await vi.advanceTimersByTimeAsync(500);
  const order: string[] = [];
  const ended = warming.end().then(() => order.push('ended'));
  expect(begun.signal?.aborted).toBe(true);
  await vi.advanceTimersByTimeAsync(500);
  order.push('finished');
  begun.finish();
  await ended;
  expect(order).toEqual(['finished', 'ended']);
});
