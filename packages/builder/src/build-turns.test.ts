import { assert, asyncProperty, array, boolean, constantFrom, tuple } from 'fast-check';
import { expect, it } from 'vitest';
import { buildTurns } from './build-turns.ts';

const never = new AbortController().signal;

it('lets no namespace have more than its share, and keeps none waiting for it', async () => {
  const turn = buildTurns({ atOnce: 3, perNamespace: 2 });
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const begin = (name: string): void =>
    void turn(name.split('/')[0] ?? '', never).then((end) => {
      begun.push(name);
      ends.set(name, end);
    });
  for (const name of ['a/1', 'a/2', 'a/3', 'b/1', 'b/2']) begin(name);
  await expect.poll(() => begun).toEqual(['a/1', 'a/2', 'b/1']);
  ends.get('a/1')?.();
  ends.get('a/1')?.();
  await expect.poll(() => begun.length).toBe(4);
  ends.get('a/2')?.();
  await expect.poll(() => begun.toSorted()).toEqual(['a/1', 'a/2', 'a/3', 'b/1', 'b/2']);
});

it('holds both limits, and lets everybody through in the end, whoever gives up', async () => {
  const asked = array(tuple(constantFrom('a', 'b', 'c'), boolean()), { maxLength: 40 });
  await assert(
    asyncProperty(asked, async (all) => {
      const turn = buildTurns({ atOnce: 3, perNamespace: 2 });
      const running = new Map<string, number>();
      const work = all.map(async ([namespace, givesUp]) => {
        const given = new AbortController();
        const waiting = turn(namespace, given.signal);
        if (givesUp) given.abort(new Error('gone'));
        const end = await waiting.catch(() => undefined);
        if (end === undefined) return;
        running.set(namespace, (running.get(namespace) ?? 0) + 1);
        expect(running.get(namespace)).toBeLessThanOrEqual(2);
        expect([...running.values()].reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(3);
        await Promise.resolve();
        running.set(namespace, (running.get(namespace) ?? 0) - 1);
        end();
      });
      await Promise.all(work);
    }),
  );
});
