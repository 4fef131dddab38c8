import fc from 'fast-check';
import { expect, it } from 'vitest';
import { manualClock } from './clock.ts';
import { createQueue } from './queue.ts';
import { startReconciler } from './reconciler.ts';
import { TerminalError } from './terminal-error.ts';

const command = fc.oneof(
  fc.record({ kind: fc.constant('add' as const), key: fc.constantFrom('a', 'b', 'c') }),
  fc.record({ kind: fc.constant('take' as const), key: fc.constant('') }),
  fc.record({ kind: fc.constant('done' as const), key: fc.constantFrom('a', 'b', 'c') }),
);

it('never hands out a key that is in work, and loses no change', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 60 }), async (commands) => {
      const queue = createQueue({ clock: manualClock(), random: () => 0 });
      const working = new Set<string>();
      const owed = new Set<string>();
      const taken = (key: string | undefined): void => {
        if (key === undefined) return;
        expect(working.has(key)).toBe(false);
        working.add(key);
        owed.delete(key);
      };
      for (const { kind, key } of commands) {
        if (kind === 'add') {
          owed.add(key);
          queue.add(key);
        } else if (kind === 'take') void queue.take().then(taken);
        else if (working.delete(key)) queue.done(key);
        await Promise.resolve();
        await Promise.resolve();
      }
      for (const key of Array.from(working)) {
        working.delete(key);
        queue.done(key);
      }
      for (let round = 0; round < 4; round++) void queue.take().then(taken);
      await new Promise(setImmediate);
      for (const key of working) queue.done(key);
      await new Promise(setImmediate);
      expect([...owed]).toEqual([]);
      queue.close();
    }),
  );
});

it('doubles the delay of a key that keeps failing, up to the limit', async () => {
  const clock = manualClock();
  const queue = createQueue({ clock, random: () => 1, baseDelayMs: 100, maxDelayMs: 300 });
  for (const delay of [100, 200, 300, 300]) {
    queue.addFailed('a');
    let got: string | undefined;
    const take = queue.take().then((key) => (got = key));
    clock.advance(delay - 1);
    await Promise.resolve();
    expect(got).toBeUndefined();
    clock.advance(1);
    await take;
    queue.done('a');
  }
});

it('tries a failed key again, but not after a terminal error', async () => {
  const clock = manualClock();
  const queue = createQueue({ clock, random: () => 0 });
  const seen: string[] = [];
  const errors: unknown[] = [];
  const reconciler = startReconciler({
    queue,
    clock,
    workers: 2,
    resyncMs: 1e9,
    listKeys: async () => ['a', 'b'],
    onError: (error) => errors.push(error),
    reconcile: async (key) => {
      seen.push(key);
      if (key === 'a') throw new TerminalError('never');
      if (seen.filter((other) => other === 'b').length === 1) throw new Error('once');
    },
  });
  await expect.poll(() => errors.length).toBe(2);
  clock.advance(1000);
  await expect.poll(() => seen.toSorted()).toEqual(['a', 'b', 'b']);
  await reconciler.close();
});

it('looks at every key again, spread over the time between', async () => {
  const clock = manualClock();
  const queue = createQueue({ clock, random: () => 0 });
  const keys = Array.from({ length: 40 }, (_, index) => String(index));
  const seen: string[] = [];
  const reconciler = startReconciler({
    queue,
    clock,
    workers: 1,
    resyncMs: 900,
    listKeys: async () => keys,
    onError: (error) => expect(error).toBeUndefined(),
    reconcile: async (key) => void seen.push(key),
  });
  await expect.poll(() => seen.length).toBe(40);
  const counts: number[] = [];
  for (const byMs of [899, 1, 299, 1, 300, 300]) {
    clock.advance(byMs);
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    counts.push(seen.length);
  }
  expect(counts).toEqual([40, 56, 56, 72, 80, 96]);
  await reconciler.close();
});

it('lists again soon when it could not', async () => {
  const clock = manualClock();
  const queue = createQueue({ clock, random: () => 0 });
  const [seen, errors]: [string[], unknown[]] = [[], []];
  const reconciler = startReconciler({
    queue,
    clock,
    workers: 1,
    resyncMs: 1e9,
    listKeys: async () => {
      if (errors.length === 0) throw new Error('not now');
      return ['a'];
    },
    onError: (error) => errors.push(error),
    reconcile: async (key) => void seen.push(key),
  });
  await expect.poll(() => errors.length).toBe(1);
  clock.advance(1000);
  await expect.poll(() => seen).toEqual(['a']);
  await reconciler.close();
});
