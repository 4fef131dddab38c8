import { expect, it } from 'vitest';
import { manualClock } from './clock.ts';
import { forever } from './forever.ts';
import { pause } from './pause.ts';

const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
};

it('waits longer after each failure up to the longest, and begins soon after what ended well', async () => {
  const clock = manualClock();
  const ending = new AbortController();
  const begun: number[] = [];
  const errors: unknown[] = [];
  const fails = [true, true, true, false, false];
  const done = forever(
    async () => {
      begun.push(clock.now());
      if (fails[begun.length - 1] === true) throw new Error('away');
    },
    { clock, signal: ending.signal, onError: (error) => errors.push(error), longestMs: 500 },
  );
  for (let turn = 0; turn < 14; turn++) {
    await settled();
    clock.advance(100);
  }
  await settled();
  expect(begun.slice(1, 5).map((at, index) => at - begun[index]!)).toEqual([200, 400, 500, 100]);
  expect(errors).toHaveLength(3);
  ending.abort();
  await done;
});

it('ends a pause with the signal, and at once when that was given before', async () => {
  const clock = manualClock();
  const ending = new AbortController();
  const waiting = pause(clock, 1000, ending.signal);
  ending.abort();
  await waiting;
  await pause(clock, 1000, ending.signal);
});
