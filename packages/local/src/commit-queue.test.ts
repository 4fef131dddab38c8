import { memoryStore, StoreError } from '@openfunction/store';
import { widgets } from '@openfunction/store/contract';
import { expect, it } from 'vitest';
import { commitQueue, type CommitQueue } from './commit-queue.ts';

/** A table that counts its transactions, and undoes one that throws. */
function counting(): { queue: CommitQueue; write: (value: number) => () => number; state: { revision: number; commits: number } } {
  const state = { revision: 1, commits: 0 };
  const queue = commitQueue({
    revision: () => state.revision,
    transaction: (run) => {
      const before = state.revision;
      try {
        const result = run();
        state.commits += 1;
        return result;
      } catch (error) {
        state.revision = before;
        throw error;
      }
    },
  });
  const write = (value: number) => (): number => {
    state.revision += 1;
    return value;
  };
  return { queue, write, state };
}

function refuse(): never {
  throw new StoreError('Conflict', 'someone was faster');
}

it('commits the writes of one turn together, and answers each with its own result', async () => {
  const { queue, write, state } = counting();
  expect(await Promise.all([queue.transact(write(1)), queue.transact(write(2)), queue.transact(write(3))])).toEqual([1, 2, 3]);
  expect(state).toEqual({ revision: 4, commits: 1 });
});

it('answers nobody before the commit', async () => {
  const { queue, write, state } = counting();
  let commits = -1;
  await queue.transact(write(1)).then(() => (commits = state.commits));
  expect(commits).toBe(1);
});

it('lets a refused write fail alone', async () => {
  const { queue, write, state } = counting();
  const [first, second, third] = await Promise.allSettled([queue.transact(write(1)), queue.transact(refuse), queue.transact(write(3))]);
  expect([first.status, second.status, third.status]).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(state).toEqual({ revision: 3, commits: 1 });
});

it('undoes a group in which a write broke half-way, and tells all of it', async () => {
  const { queue, write, state } = counting();
  const broken = (): never => {
    write(2)();
    throw new Error('the disk is full');
  };
  const results = await Promise.allSettled([queue.transact(write(1)), queue.transact(broken), queue.transact(write(3))]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  expect(state).toEqual({ revision: 1, commits: 0 });
  expect(await queue.transact(write(4))).toBe(4);
});

it('commits what waits when it is told to', async () => {
  const { queue, write, state } = counting();
  const waiting = queue.transact(write(1));
  queue.flush();
  expect(state.commits).toBe(1);
  expect(await waiting).toBe(1);
});

it('keeps a store as it was: every write of many at once is there, once', async () => {
  const { queue } = counting();
  const store = memoryStore({ transact: queue.transact });
  const make = (name: string): Promise<unknown> =>
    store.create(widgets, {
      apiVersion: 'contract.openfunction.io/v1',
      kind: 'Widget',
      metadata: { name, namespace: 'default' },
      spec: {},
    });
  const names = Array.from({ length: 600 }, (_each, index) => `w${index % 300}`);
  const results = await Promise.allSettled(names.map(make));
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(300);
  expect((await store.list(widgets)).items).toHaveLength(300);
});
