import { expect, it } from 'vitest';
import { nextDelay, supervise } from './supervise.ts';

function world() {
  let now = 0;
  const timers: { at: number; run: () => void }[] = [];
  const starts: { name: string; end: (how: string) => void }[] = [];
  const delays: number[] = [];
  const supervised = (name: string) => ({
    name,
    start() {
      const { promise, resolve } = Promise.withResolvers<string>();
      starts.push({ name, end: resolve });
      return { ended: promise, stop: () => resolve('stopped') };
    },
  });
  const clock = {
    now: () => now,
    setTimeout(run: () => void, delayMs: number) {
      const timer = { at: now + delayMs, run };
      timers.push(timer);
      delays.push(delayMs);
      return { cancel: () => void timers.splice(timers.indexOf(timer), 1) };
    },
  };
  const advance = async (ms: number) => {
    now += ms;
    for (const timer of timers.splice(0)) timer.run();
    await new Promise(setImmediate);
  };
  return { clock, starts, delays, supervised, advance };
}

it('starts a process again when it ends, later each time it dies early', async () => {
  const { clock, starts, delays, supervised, advance } = world();
  const running = supervise({ processes: [supervised('control')], clock, log: () => {} });
  for (let death = 0; death < 3; death++) {
    starts.at(-1)?.end('signal SIGKILL');
    await new Promise(setImmediate);
    await advance(1);
  }
  expect(starts).toHaveLength(4);
  expect(delays).toEqual([100, 200, 400]);
  await running.close();
});

it('forgets early deaths once a process lived long enough', async () => {
  const { clock, starts, delays, supervised, advance } = world();
  const running = supervise({ processes: [supervised('gateway')], clock, log: () => {} });
  await advance(60_000);
  starts.at(-1)?.end('exit 1');
  await new Promise(setImmediate);
  expect(delays).toEqual([50]);
  await running.close();
});

it('stops everything when closed, also while it waits to start again', async () => {
  const { clock, starts, supervised } = world();
  const running = supervise({ processes: [supervised('control'), supervised('gateway')], clock, log: () => {} });
  starts[0]?.end('exit 1');
  await new Promise(setImmediate);
  await running.close();
  expect(starts).toHaveLength(2);
});

it('never waits longer than ten seconds', () => {
  expect(nextDelay(40)).toBe(10_000);
});
