import { gatewayKind, referenceGrantKind, type Gateway, type OFunction } from '@openfunction/resources';
import { memoryStore, StoreError, type Store } from '@openfunction/store';
import { expect, it } from 'vitest';
import { httpRoutes, planHttpRoute } from '../route/http-route.ts';
import type { PlannedEntry } from '../route/plan.ts';
import { defaultGateway } from '../testing/platform.ts';
import { gatewayClassKind, httpRouteKind, kubernetesGatewayKind } from './kubernetes-objects.ts';
import { reconcileGateway } from './reconcile.ts';

const key = { namespace: 'openfunction', name: 'openfunction' };
const backend = { namespace: 'openfunction', name: 'gateway-public' };
const entry = { namespace: 'edge', name: 'web' };
const gatewayDef = { ...entry, gatewayClassName: 'traefik' };

async function storeWith(spec: Partial<Gateway['spec']>, classes: readonly string[] = ['traefik']): Promise<Store> {
  const store = memoryStore();
  await store.create(gatewayKind, { ...defaultGateway, spec: { ...defaultGateway.spec, ...spec } });
  for (const name of classes)
    await store.create(gatewayClassKind, { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'GatewayClass', metadata: { name } });
  return store;
}
async function said(store: Store, given: { backend?: typeof backend } = { backend }): Promise<unknown> {
  await reconcileGateway({ store, now: () => 0, ...given }, key);
  return (await store.get(gatewayKind, key))?.status?.conditions?.map(({ type, status, reason }) => [type, status, reason]);
}
const allFalse = (reason: string): unknown => ['Accepted', 'Scheduled', 'Ready'].map((type) => [type, 'False', reason]);

it('makes the Kubernetes Gateway of gatewayDef, and is ready once that works', async () => {
  const listeners = [{ name: 'web', port: 8000, protocol: 'HTTP' }];
  const store = await storeWith({ gatewayDef, gatewaySpec: { listeners } });
  expect(await said(store)).toEqual([
    ['Accepted', 'True', 'Accepted'],
    ['Scheduled', 'True', 'ResourcesAvailable'],
    ['Ready', 'False', 'NotReconciled'],
  ]);
  const made = (await store.get(kubernetesGatewayKind, entry))!;
  expect(made.spec).toEqual({
    gatewayClassName: 'traefik',
    listeners: [{ name: 'web', port: 8000, protocol: 'HTTP', allowedRoutes: { namespaces: { from: 'All' } } }],
  });
  const status = { addresses: [{ value: '192.0.2.9' }], conditions: [{ type: 'Programmed', status: 'True' }] };
  await store.updateStatus(kubernetesGatewayKind, { ...made, status });
  expect(await said(store)).toContainEqual(['Ready', 'True', 'ResourcesAvailable']);
  expect((await store.get(gatewayKind, key))?.status?.addresses).toContainEqual({ type: 'IPAddress', value: '192.0.2.9' });
});

it('removes what it made when it is asked for no more, or when the Gateway goes', async () => {
  for (const change of ['spec', 'deletion'] as const) {
    const store = await storeWith({ gatewayDef });
    await said(store);
    const present = (await store.get(gatewayKind, key))!;
    if (change === 'spec') await store.update(gatewayKind, { ...present, spec: defaultGateway.spec });
    else await store.delete(gatewayKind, key);
    await said(store);
    expect((await store.list(kubernetesGatewayKind)).items).toEqual([]);
  }
});

it('says why there is no such way in, and makes nothing', async () => {
  const unclassed = await storeWith({ gatewayDef }, []);
  expect(await said(unclassed)).toEqual(allFalse('GatewayClassNotFound'));
  expect((await unclassed.list(kubernetesGatewayKind)).items).toEqual([]);
  expect(await said(await storeWith({ gatewayRef: entry }))).toEqual(allFalse('GatewayNotFound'));
  expect(await said(await storeWith({ gatewayDef }), {})).toEqual(allFalse('GatewayApiMissing'));
});

it('leaves a Kubernetes Gateway of others alone', async () => {
  const store = await storeWith({ gatewayDef });
  const theirs = {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata: entry,
    spec: { gatewayClassName: 'x', listeners: [] },
  };
  await store.create(kubernetesGatewayKind, theirs);
  expect(await said(store)).toEqual(allFalse('GatewayNotFound'));
  expect((await store.get(kubernetesGatewayKind, entry))?.spec).toEqual(theirs.spec);
});

it('says so where the Gateway API is not installed', async () => {
  const store = await storeWith({ gatewayDef });
  const bare: Store = {
    ...store,
    list: (kind, options) =>
      kind.kind === 'Gateway' && kind.group === 'gateway.networking.k8s.io'
        ? Promise.reject(new StoreError('NotFound', 'the server could not find the requested resource'))
        : store.list(kind, options),
  };
  expect(await said(bare)).toEqual(allFalse('GatewayApiMissing'));
});

it.each([{ protocol: 'HTTPS' }, { protocol: 'TLS' }, { protocol: 'HTTP', tls: {} }])('refuses the listener %j', async (listener) => {
  const store = await storeWith({ gatewaySpec: { listeners: [{ name: 'web', port: 443, ...listener }] } });
  expect(await said(store)).toEqual(allFalse('ListenerNotSupported'));
});

const fn: OFunction = {
  apiVersion: 'core.openfunction.io/v1beta2',
  kind: 'Function',
  metadata: { name: 'hello', namespace: 'shop', uid: 'u1' },
  spec: { image: 'i', serving: {} },
};
const at = (host: string, value: string, internal = false): PlannedEntry => ({
  host,
  path: { type: 'PATH_MATCH_TYPE_PREFIX', value },
  internal,
  stripPrefix: '',
});

it('leads callers of a function from the Kubernetes Gateway to the gateway of the platform', async () => {
  const store = memoryStore();
  const routes = httpRoutes(store, backend);
  const wanted = planHttpRoute({ fn, entries: [at('a.test', '/x'), at('b.test', '/x'), at('in.test', '/', true)], entry, backend })!;
  expect(wanted.spec).toEqual({
    parentRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', ...entry }],
    hostnames: ['a.test', 'b.test'],
    rules: [
      {
        matches: [{ path: { type: 'PathPrefix', value: '/x' } }],
        backendRefs: [{ group: '', kind: 'Service', ...backend, port: 80, weight: 1 }],
      },
    ],
  });
  await routes.reconcile(fn, wanted);
  const made = (await store.get(httpRouteKind, { namespace: 'shop', name: 'hello' }))!;
  await routes.reconcile(fn, wanted);
  expect((await store.get(httpRouteKind, { namespace: 'shop', name: 'hello' }))?.metadata.resourceVersion).toBe(
    made.metadata.resourceVersion,
  );
  expect((await store.list(referenceGrantKind, { namespace: 'openfunction' })).items.map(({ spec }) => spec)).toEqual([
    {
      from: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'shop' }],
      to: [{ group: '', kind: 'Service', name: 'gateway-public' }],
    },
  ]);
  // As after a restart.
  await httpRoutes(store, backend).reconcile(fn, undefined);
  expect((await store.list(httpRouteKind)).items).toEqual([]);
});
