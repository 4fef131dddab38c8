import { manualClock } from '@openfunction/reconcile';
import { memoryStore, StoreError, type Store } from '@openfunction/store';
import { expect, it } from 'vitest';
import {
  functionKind,
  gatewayKind,
  referenceGrantKind,
  servingKind,
  type Gateway,
  type OFunction,
  type ReferenceGrant,
  type Serving,
} from '@openfunction/resources';
import type { ServingReport } from './function/world.ts';
import { startController, type PoolClient } from './start-controller.ts';

const defaultGateway: Gateway = {
  apiVersion: 'networking.openfunction.io/v1alpha1',
  kind: 'Gateway',
  metadata: { name: 'openfunction', namespace: 'openfunction' },
  spec: { domain: 'ofn.io' },
};
const fn: OFunction = {
  apiVersion: 'core.openfunction.io/v1beta2',
  kind: 'Function',
  metadata: { name: 'hello', namespace: 'demo' },
  spec: { image: 'r.test/hello:v1', build: { builder: 'b', srcRepo: { url: 'https://git.test/x' } }, serving: { triggers: { http: {} } } },
};

const patience = { timeout: 15_000 };

const reportOf = ({ metadata }: Serving): ServingReport & { serving: string } => ({
  serving: `demo/${metadata.name}`,
  uid: metadata.uid ?? '',
  verified: true,
  proven: false,
  reason: '',
  message: '',
  ready: 0,
  starting: 0,
  notHonoured: [],
  unpooled: [],
  isImage: false,
});

it('builds a function, and serves it as soon as the pool has verified it', async () => {
  const store = memoryStore();
  const digest = `sha256:${'a'.repeat(64)}`;
  const pool: PoolClient = {
    watchServings: async function* (_request, { signal }) {
      for await (const event of store.watch(servingKind, { signal })) {
        if (event.type === 'ADDED') yield { state: reportOf(event.object) };
      }
    },
  };
  const builder = {
    build: async function* () {
      yield { state: 'Succeeded', reason: '', message: '', digest, size: 1, commitSha: '', commitAuthor: '', sourceDigest: '', log: '' };
    },
    cancel: async () => ({ log: '' }),
  };
  const controller = startController({ store, builder, pool, defaultGateway, clock: manualClock(), random: () => 0, log: () => undefined });
  try {
    await store.create(functionKind, fn);
    const abort = new AbortController();
    for await (const update of controller.routes.watch({ gatewayId: 'g' }, { signal: abort.signal })) {
      if ('upsert' in update && update.upsert.serving !== '') break;
    }
    expect((await store.get(gatewayKind, { namespace: 'openfunction', name: 'openfunction' }))?.spec.domain).toBe('ofn.io');
    for await (const event of store.watch(functionKind, { signal: abort.signal })) {
      if (event.type === 'BOOKMARK' || event.object.status?.serving?.state !== 'Running') continue;
      expect(event.object.status).toMatchObject({ build: { state: 'Succeeded' }, revision: { imageDigest: digest } });
      break;
    }
  } finally {
    await controller.close();
  }
});

it('takes the route of a function away whose deletion no watch told, and goes on after a watch that broke', async () => {
  const base = memoryStore();
  const clock = manualClock();
  let breaks = Promise.withResolvers<void>();
  const store: Store = {
    ...base,
    // Ends without a word of what happens meanwhile, as a connection that was cut.
    watch: async function* (kind, options) {
      if (kind.kind !== 'Function') return yield* base.watch(kind, options);
      await breaks.promise;
      throw new StoreError('Expired', 'too old');
    },
  };
  const silent: PoolClient = {
    watchServings: async function* (_request, { signal }) {
      yield {};
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      yield {};
      yield {};
    },
  };
  const builder = { build: async function* () {}, cancel: async () => ({ log: '' }) };
  await base.create(functionKind, { ...fn, spec: { image: 'r.test/hello:v1', serving: {} } });
  const controller = startController({ store, builder, pool: silent, defaultGateway, clock, random: () => 0, log: () => undefined });
  const routes = async (): Promise<string[]> => {
    const found: string[] = [];
    for await (const update of controller.routes.watch({ gatewayId: 'g' }, { signal: new AbortController().signal })) {
      if ('snapshotEnd' in update) break;
      if ('upsert' in update) found.push(update.upsert.id);
    }
    return found;
  };
  try {
    await expect.poll(routes).toEqual(['demo/hello']);
    await base.delete(functionKind, { namespace: 'demo', name: 'hello' });
    breaks.resolve();
    breaks = Promise.withResolvers();
    await expect
      .poll(async () => {
        clock.advance(1000);
        return routes();
      })
      .toEqual([]);
  } finally {
    breaks.resolve();
    await controller.close();
  }
});

it('tells gateways nothing before it knows every route, so that a restart takes none away', async () => {
  const store = memoryStore();
  for (const name of ['one', 'two', 'three']) {
    const spec = { image: 'r.test/x:v1', serving: { triggers: { http: {} } } };
    await store.create(functionKind, { ...fn, metadata: { namespace: 'demo', name }, spec });
  }
  const held = Promise.withResolvers<void>();
  const slow: Store = {
    ...store,
    updateStatus: async (...given: Parameters<Store['updateStatus']>) => {
      await held.promise;
      return store.updateStatus(...given);
    },
  } as Store;
  const pool: PoolClient = {
    watchServings: async function* (_request, { signal }) {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      yield {};
    },
  };
  const builder = { build: async function* () {}, cancel: async () => ({ log: '' }) };
  const controller = startController({
    store: slow,
    builder,
    pool,
    defaultGateway,
    clock: manualClock(),
    random: () => 0,
    log: () => undefined,
  });
  try {
    const abort = new AbortController();
    const updates = controller.routes.watch({ gatewayId: 'g' }, { signal: abort.signal })[Symbol.asyncIterator]();
    const first = updates.next();
    let isTold = false;
    void first.then(() => (isTold = true));
    for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(isTold).toBe(false);
    held.resolve();
    const told = [await first, await updates.next(), await updates.next(), await updates.next()].map(({ value }) => value as object);
    expect(told.map((update) => Object.keys(update)[0])).toEqual(['upsert', 'upsert', 'upsert', 'snapshotEnd']);
    abort.abort();
  } finally {
    await controller.close();
  }
});

it('tells of a new Serving in one write when the pool speaks of it, and else after a moment', async () => {
  const store = memoryStore();
  const clock = manualClock();
  const serving = (name: string): Serving => ({
    apiVersion: 'core.openfunction.io/v1beta2',
    kind: 'Serving',
    metadata: { name, namespace: 'demo' },
    spec: { image: `r.test/hello@sha256:${'a'.repeat(64)}`, triggers: { http: {} } },
  });
  const pool: PoolClient = {
    watchServings: async function* (_request, { signal }) {
      for await (const event of store.watch(servingKind, { signal }))
        if (event.type === 'ADDED' && event.object.metadata.name === 'heard') yield { state: reportOf(event.object) };
    },
  };
  const builder = { build: async function* () {}, cancel: async () => ({ log: '' }) };
  const controller = startController({ store, builder, pool, defaultGateway, clock, random: () => 0, log: () => undefined });
  const states = (name: string): string[] => seen.filter((one) => one.name === name).map(({ state }) => state);
  const seen: { name: string; state: string }[] = [];
  const stop = new AbortController();
  const { resourceVersion } = await store.list(servingKind);
  const following = (async () => {
    for await (const event of store.watch(servingKind, { resourceVersion, signal: stop.signal }))
      if (event.type === 'MODIFIED') seen.push({ name: event.object.metadata.name, state: event.object.status?.state ?? '' });
  })();
  try {
    await new Promise(setImmediate);
    await store.create(servingKind, serving('heard'));
    await store.create(servingKind, serving('unheard'));
    await expect.poll(() => states('heard'), patience).toEqual(['Running']);
    expect(states('unheard')).toEqual([]);
    await expect.poll(() => (clock.advance(100), states('unheard')), patience).toEqual(['Starting']);
    expect(states('heard')).toEqual(['Running']);
  } finally {
    stop.abort();
    await controller.close();
    await following;
  }
});

it('follows what other namespaces grant at once, and asks again where nobody knows of grants', async () => {
  const known = memoryStore();
  let isKnown = false;
  const unknown = (): never => {
    throw new StoreError('NotFound', 'the server could not find the requested resource');
  };
  const store: Store = {
    ...known,
    list: async (kind, options) => (kind.kind === 'ReferenceGrant' && !isKnown ? unknown() : known.list(kind, options)),
  };
  const mirror = {
    type: 'RequestMirror' as const,
    requestMirror: {
      backendRef: { group: 'core.openfunction.io' as const, kind: 'Function' as const, name: 'shadow', namespace: 'other' },
    },
  };
  const mirrored: OFunction = {
    ...fn,
    spec: {
      image: `r.test/hello@sha256:${'a'.repeat(64)}`,
      serving: { triggers: { http: { route: { rules: [{ filters: [mirror] }] } } } },
    },
  };
  const clock = manualClock();
  const logged: unknown[] = [];
  const pool: PoolClient = { watchServings: async function* () {} };
  const builder = { build: async function* () {}, cancel: async () => ({ log: '' }) };
  const controller = startController({ store, builder, pool, defaultGateway, clock, random: () => 0, log: (...all) => logged.push(all) });
  const granted = { namespace: 'other', name: 'mirrors' };
  const grant: ReferenceGrant = {
    apiVersion: 'gateway.networking.k8s.io/v1beta1',
    kind: 'ReferenceGrant',
    metadata: granted,
    spec: {
      from: [{ group: 'core.openfunction.io', kind: 'Function', namespace: 'demo' }],
      to: [{ group: 'core.openfunction.io', kind: 'Function' }],
    },
  };
  const said = async (): Promise<string | undefined> =>
    (await known.get(functionKind, { namespace: 'demo', name: 'hello' }))?.status?.conditions?.find(({ type }) => type === 'RouteReady')
      ?.reason;
  try {
    await known.create(functionKind, mirrored);
    await expect.poll(said, patience).toBe('UnsupportedValue');
    isKnown = true;
    await known.create(referenceGrantKind, grant);
    await expect.poll(async () => (clock.advance(30_000), said()), patience).toBe('Accepted');
    await known.delete(referenceGrantKind, granted);
    await expect.poll(said, patience).toBe('UnsupportedValue');
    await known.create(referenceGrantKind, grant);
    await expect.poll(said, patience).toBe('Accepted');
    await known.delete(referenceGrantKind, granted);
    await expect.poll(said, patience).toBe('UnsupportedValue');
    expect(logged).toEqual([]);
  } finally {
    await controller.close();
  }
});
