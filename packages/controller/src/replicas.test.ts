import { manualClock, type ManualClock } from '@openfunction/reconcile';
import { builderKind, functionKind, servingKind, type OFunction } from '@openfunction/resources';
import { memoryStore, type Store } from '@openfunction/store';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { startController, type Controller, type PoolClient } from './start-controller.ts';
import { defaultGateway, idle } from './testing/platform.ts';

/** One of several controllers over one store, of which one leads. */
class Replica {
  readonly logged: string[] = [];
  readonly build = vi.fn<() => Promise<void>>();
  readonly controller: Controller;
  isLeading: boolean;
  writes = 0;

  constructor(store: Store, clock: ManualClock, isLeading: boolean) {
    this.isLeading = isLeading;
    const write = <R>(made: () => Promise<R>): Promise<R> => {
      if (!this.isLeading) return Promise.reject(Object.assign(new Error('not the holder'), { code: 'NotHolder' }));
      this.writes += 1;
      return made();
    };
    const guarded: Store = {
      ...store,
      create: (...given) => write(() => store.create(...given)),
      update: (...given) => write(() => store.update(...given)),
      updateStatus: (...given) => write(() => store.updateStatus(...given)),
      apply: (...given) => write(() => store.apply(...given)),
      delete: (...given) => write(() => store.delete(...given)),
    };
    const pool: PoolClient = {
      watchServings: async function* (_request, { signal }) {
        for await (const event of store.watch(servingKind, { signal })) {
          if (event.type !== 'ADDED') continue;
          const { name, uid = '' } = event.object.metadata;
          yield { state: { ...idle, serving: `demo/${name}`, uid } };
        }
      },
    };
    const { build } = this;
    this.controller = startController({
      store: guarded,
      builder: {
        build: (): AsyncIterable<never> => {
          void build();
          return { [Symbol.asyncIterator]: () => ({ next: async () => ({ done: true, value: undefined }) }) };
        },
        cancel: async () => ({ log: '' }),
      },
      pool,
      defaultGateway,
      leading: () => this.isLeading,
      clock,
      random: () => 0,
      log: (message, { error }) => this.logged.push(`${message} ${String(error)}`),
    });
  }

  lead(): void {
    this.isLeading = true;
    this.controller.leadingChanged();
  }

  /** The Serving that the Function's route leads to. */
  async target(): Promise<string> {
    let serving = '';
    for await (const update of this.controller.routes.watch({ gatewayId: 'g' }, { signal: new AbortController().signal })) {
      if ('snapshotEnd' in update) break;
      if ('upsert' in update) ({ serving } = update.upsert);
    }
    return serving;
  }
}

const fn: OFunction = {
  apiVersion: 'core.openfunction.io/v1beta2',
  kind: 'Function',
  metadata: { name: 'hello', namespace: 'demo' },
  spec: { image: `r.test/hello@sha256:${'a'.repeat(64)}`, serving: { triggers: { http: {} } } },
};
const key = { namespace: 'demo', name: 'hello' };

let store: Store;
let clock: ManualClock;
let replicas: Replica[];
beforeEach(() => {
  store = memoryStore();
  clock = manualClock(Date.parse('2026-01-01T00:00:00Z'));
  replicas = [];
});
afterEach(async () => {
  for (const { controller } of replicas) await controller.close();
});

function start(isLeading: boolean): Replica {
  const replica = new Replica(store, clock, isLeading);
  replicas.push(replica);
  return replica;
}
async function passing<T>(ask: () => Promise<T>): Promise<T> {
  clock.advance(500);
  return ask();
}

it('gives the same routes on a replica that does not lead, which writes nothing and complains of nothing', async () => {
  const [leader, follower] = [start(true), start(false)];
  await store.create(functionKind, fn);
  await expect.poll(() => passing(() => leader.target())).toMatch(/^demo\/hello-/);
  await expect.poll(() => passing(() => follower.target())).toBe(await leader.target());
  await expect.poll(() => follower.controller.isReady()).toBe(true);
  expect([leader.writes > 0, follower.writes, follower.logged]).toEqual([true, 0, []]);
});

it('does at once what waited for a leader, when it begins to lead', async () => {
  const follower = start(false);
  await store.create(functionKind, { ...fn, spec: { ...fn.spec, build: { builder: 'b', srcRepo: { url: 'https://git.test/x' } } } });
  await expect.poll(() => follower.controller.isReady()).toBe(true);
  expect((await store.list(builderKind)).items).toEqual([]);
  follower.lead();
  await expect.poll(async () => (await store.list(builderKind)).items.length).toBe(1);
  await expect.poll(() => follower.build.mock.calls.length).toBeGreaterThan(0);
});

it('leaves builds to the leader', async () => {
  const [leader, follower] = [start(true), start(false)];
  await store.create(functionKind, { ...fn, spec: { ...fn.spec, build: { builder: 'b', srcRepo: { url: 'https://git.test/x' } } } });
  await expect.poll(() => passing(async () => leader.build.mock.calls.length)).toBeGreaterThan(0);
  expect(follower.build).not.toHaveBeenCalled();
});

it('makes nothing twice and takes nothing back when the lead moves in the middle of a change', async () => {
  const [first, second] = [start(true), start(false)];
  await store.create(functionKind, fn);
  await expect.poll(() => passing(() => second.target())).toMatch(/^demo\/hello-/);
  const present = await store.get(functionKind, key);
  first.isLeading = false;
  await store.update(functionKind, { ...present!, spec: { ...present!.spec, image: `r.test/hello@sha256:${'b'.repeat(64)}` } });
  second.lead();
  const before = await first.target();
  await expect.poll(() => passing(() => second.target())).not.toBe(before);
  await expect.poll(() => passing(() => first.target())).toBe(await second.target());
  await expect.poll(() => passing(async () => (await store.list(servingKind)).items.length)).toBe(1);
});
