import { ClientError } from '@openfunction/client';
import { expect, it } from 'vitest';
import type { Pod } from '../connect/function-instances.ts';
import { followAll } from './follow-all.ts';

function pod(name: string): Pod {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { namespace: 'default', name } };
}

/** Instances that write what they are given, and then end as they are told. */
function world(writes: Record<string, (asked: number) => AsyncIterable<string>>) {
  const running = new Set<string>();
  const asked = new Map<string, number>();
  const printed: string[] = [];
  const stop = new AbortController();
  const client = {
    logs: ({ name }: { name: string }) => {
      asked.set(name, (asked.get(name) ?? 0) + 1);
      return writes[name]?.(asked.get(name) ?? 0) ?? (async function* () {})();
    },
  };
  const following = followAll({
    client,
    instances: async () => [...running].map((name) => pod(name)),
    print: (instance, line) => printed.push(`${instance}:${line}`),
    signal: stop.signal,
    lookAgainMs: 1,
  });
  return { running, printed, stop, following, asked };
}

async function* lines(...all: string[]): AsyncGenerator<string> {
  yield* all;
}

async function* failing(error: Error): AsyncGenerator<string> {
  yield* [];
  throw error;
}

it('finds instances that come later, and tells them apart once there are two', async () => {
  const { running, printed, stop, following } = world({ a: () => lines('one'), b: () => lines('two') });
  running.add('a');
  await expect.poll(() => printed).toEqual([':one']);
  running.add('b');
  await expect.poll(() => printed).toEqual([':one', 'b:two']);
  stop.abort();
  await following;
});

it('waits for an instance that has not begun to write, and forgets one that is gone', async () => {
  const notYet = new ClientError('BadRequest', 'container is waiting to start', { status: 400 });
  const { running, printed, stop, following, asked } = world({
    slow: (times) => (times < 3 ? failing(notYet) : lines('here')),
    gone: () => failing(new ClientError('NotFound', 'no such pod')),
  });
  running.add('slow').add('gone');
  await expect.poll(() => printed).toEqual(['slow:here']);
  stop.abort();
  await following;
  expect(asked.get('gone')).toBe(1);
});

it('ends with the error when the API is gone', async () => {
  const { running, following } = world({ a: () => failing(new ClientError('Unreachable', 'broken')) });
  running.add('a');
  await expect(following).rejects.toMatchObject({ code: 'Unreachable' });
});
