import { memoryStore } from '@openfunction/store';
import { expect, it } from 'vitest';
import { functionKind, gatewayKind, type FunctionObject, type GatewayObject } from './nouns.ts';
import { startController, type PoolClient } from './start-controller.ts';

const defaultGateway: GatewayObject = { apiVersion: 'networking.openfunction.io/v1alpha1', kind: 'Gateway', metadata: { name: 'openfunction', namespace: 'openfunction' }, spec: { domain: 'ofn.io' } };
const fn: FunctionObject = {
  apiVersion: 'core.openfunction.io/v1beta2',
  kind: 'Function',
  metadata: { name: 'hello', namespace: 'demo' },
  spec: { image: 'r.test/hello:v1', build: { srcRepo: { url: 'https://git.test/x' } }, serving: { triggers: { http: {} } } },
};

const untilAborted = (signal: AbortSignal): Promise<void> => new Promise((resolve) => (signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve(), { once: true })));

it('builds a function, and serves it as soon as the pool has verified it', async () => {
  const store = memoryStore();
  const digest = `sha256:${'a'.repeat(64)}`;
  const pool: PoolClient = {
    watchServings: async function* (_request, { signal }) {
      const kind = { group: 'core.openfunction.io', version: 'v1beta2', kind: 'Serving', plural: 'servings', namespaced: true, hasStatus: true };
      for await (const event of store.watch(kind, { signal })) {
        if (event.type === 'ADDED') yield { state: { serving: `demo/${event.object.metadata.name}`, verified: true, proven: false, reason: '', message: '' } };
      }
    },
  };
  const builder = {
    build: async function* () {
      yield { state: 'Succeeded', reason: '', message: '', digest, size: 1, commitSha: '', commitAuthor: '', sourceDigest: '' };
    },
    cancel: async () => undefined,
  };
  const clock = { now: () => 0, sleep: (_ms: number, signal: AbortSignal) => untilAborted(signal) };
  const controller = startController({ store, builder, pool, defaultGateway, clock, log: () => undefined });
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
