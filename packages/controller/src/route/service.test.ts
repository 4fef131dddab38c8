import { TerminalError } from '@openfunction/reconcile';
import { functionKind, serviceKind, type Gateway, type OFunction } from '@openfunction/resources';
import { memoryStore, type Store } from '@openfunction/store';
import { expect, it } from 'vitest';
import { planService, reconcileService } from './service.ts';

const key = { namespace: 'demo', name: 'hello' };
const gateway: Gateway = {
  apiVersion: 'networking.openfunction.io/v1alpha1',
  kind: 'Gateway',
  metadata: { name: 'openfunction', namespace: 'openfunction' },
  spec: { domain: 'ofn.io' },
};

async function world(): Promise<{ store: Store; fn: OFunction }> {
  const store = memoryStore();
  const fn = await store.create(functionKind, {
    apiVersion: 'core.openfunction.io/v1beta2',
    kind: 'Function',
    metadata: { ...key },
    spec: { image: 'r.test/hello:v1', serving: {} },
  });
  return { store, fn };
}

it('leads the name of a function to the gateway, and writes nothing when it does', async () => {
  const { store, fn } = await world();
  await reconcileService(store, fn, planService(fn, gateway));
  const made = await store.get(serviceKind, key);
  expect(made?.spec).toMatchObject({ type: 'ExternalName', externalName: 'gateway.openfunction.svc.cluster.local' });
  await reconcileService(store, fn, planService(fn, gateway));
  expect((await store.get(serviceKind, key))?.metadata.resourceVersion).toBe(made?.metadata.resourceVersion);
});

it('asks for no write of what is as it should be, whatever the server added', async () => {
  const { store, fn } = await world();
  await reconcileService(store, fn, planService(fn, gateway));
  const made = await store.get(serviceKind, key);
  await store.update(serviceKind, { ...made!, metadata: { ...made!.metadata, annotations: { added: 'by others' } } });
  const applied: unknown[] = [];
  const watched: Store = { ...store, apply: (kind, object, options) => (applied.push(object), store.apply(kind, object, options)) };
  await reconcileService(watched, fn, planService(fn, gateway));
  expect(applied).toEqual([]);
  await reconcileService(watched, fn, planService(fn, { ...gateway, spec: { ...gateway.spec, clusterDomain: 'corp.test' } }));
  expect(applied).toHaveLength(1);
});

it('is gone with the function, and with its route', async () => {
  const { store, fn } = await world();
  await reconcileService(store, fn, planService(fn, gateway));
  await reconcileService(store, fn, undefined);
  expect(await store.get(serviceKind, key)).toBeUndefined();
  await reconcileService(store, fn, planService(fn, gateway));
  await store.delete(functionKind, key);
  await expect.poll(() => store.get(serviceKind, key)).toBeUndefined();
});

it('leaves a Service that is not its own alone', async () => {
  const { store, fn } = await world();
  const other = await store.create(serviceKind, { apiVersion: 'v1', kind: 'Service', metadata: { ...key }, spec: { type: 'ClusterIP' } });
  await expect(reconcileService(store, fn, planService(fn, gateway))).rejects.toThrow(TerminalError);
  await reconcileService(store, fn, undefined);
  expect(await store.get(serviceKind, key)).toEqual(other);
});
