import { manualClock, type ManualClock } from '@openfunction/reconcile';
import { builderKind, type Builder } from '@openfunction/resources';
import { memoryStore, type Store } from '@openfunction/store';
import { expect, it } from 'vitest';
import { reconcileBuilder, type BuilderClient } from './reconcile.ts';
import { endedReport } from './status.ts';

const key = { namespace: 'demo', name: 'hello-1' };

interface World {
  store: Store;
  clock: ManualClock;
  cancelled: string[];
  follow(build: BuilderClient['build']): Promise<void>;
  status(): Promise<Builder['status']>;
}

async function world(spec: object = {}): Promise<World> {
  const clock = manualClock(Date.parse('2026-01-01T00:00:00Z'));
  const store = memoryStore({ clock });
  const cancelled: string[] = [];
  const object = {
    apiVersion: 'core.openfunction.io/v1beta2',
    kind: 'Builder',
    metadata: key,
    spec: { image: 'r.test/a:1', builder: 'b', srcRepo: { url: 'https://git.test/x' }, ...spec },
  } as Builder;
  await store.create(builderKind, object);
  return {
    store,
    clock,
    cancelled,
    follow: (build) => {
      const cancel = async ({ builder }: { builder: string }): Promise<{ log: string }> => {
        cancelled.push(builder);
        return { log: 'until now\n' };
      };
      return reconcileBuilder({ store, clock, builder: { build, cancel }, signal: new AbortController().signal }, key);
    },
    status: async () => (await store.get(builderKind, key))?.status,
  };
}

it('says in the words of a build how far it is, and how long it took', async () => {
  const { clock, follow, status } = await world();
  await follow(async function* () {
    yield { ...endedReport('Failed', '', ''), state: 'Building' };
    expect(await status()).toMatchObject({ phase: 'Build', state: 'Building', conditions: [{ type: 'Ready', status: 'Unknown' }] });
    clock.advance(62_000);
    yield { ...endedReport('Failed', '', ''), state: 'Succeeded', digest: 'sha256:a', size: 5n, commitSha: 'c0ffee', log: 'Built it\n' };
  });
  expect(await status()).toMatchObject({
    state: 'Succeeded',
    buildDuration: '1m2s',
    output: { digest: 'sha256:a', size: 5 },
    log: 'Built it\n',
    sources: [{ git: { commitSha: 'c0ffee' } }],
    observedGeneration: 1,
    conditions: [{ type: 'Ready', status: 'True', observedGeneration: 1 }],
  });
});

it('ends a build that is over its timeout, and says so', async () => {
  const { clock, follow, status, cancelled } = await world({ timeout: '5m' });
  const following = follow(async function* (_request, { signal }) {
    yield { ...endedReport('Failed', '', ''), state: 'Building' };
    await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))));
  });
  await expect.poll(async () => (await status())?.state).toBe('Building');
  clock.advance(300_000);
  await following;
  expect(await status()).toMatchObject({ state: 'Timeout', reason: 'BuildTimeout', buildDuration: '5m0s', log: 'until now\n' });
  expect(cancelled).toEqual(['demo/hello-1']);
});

it('counts the timeout from creation, also for who comes later', async () => {
  const { clock, follow, status } = await world({ timeout: '5m' });
  clock.advance(300_000);
  await follow(() => {
    throw new Error('must not be asked');
  });
  expect((await status())?.state).toBe('Timeout');
});

it('cancels at any moment, and a late report says nothing', async () => {
  const { store, follow, status, cancelled } = await world();
  await follow(async function* () {
    const builder = await store.get(builderKind, key);
    await store.update(builderKind, { ...builder!, spec: { ...builder!.spec, state: 'Cancelled' } });
    await follow(async function* () {});
    yield { ...endedReport('Failed', '', ''), state: 'Succeeded', digest: 'sha256:a' };
  });
  expect(await status()).toMatchObject({ state: 'Canceled', reason: 'Canceled', log: 'until now\n' });
  expect(cancelled).toEqual(['demo/hello-1']);
});
