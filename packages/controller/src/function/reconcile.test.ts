import { memoryStore } from '@openfunction/store';
import { expect, it } from 'vitest';
import { functionKind, serviceKind, servingKind, type Gateway, type OFunction } from '@openfunction/resources';
import { routesService } from '../routes/routes-service.ts';
import type { ServingReport } from './plan.ts';
import { reconcileFunction } from './reconcile.ts';

const key = { namespace: 'demo', name: 'hello' };
const defaultGateway: Gateway = {
  apiVersion: 'networking.openfunction.io/v1alpha1',
  kind: 'Gateway',
  metadata: { name: 'openfunction', namespace: 'openfunction' },
  spec: { domain: 'ofn.io' },
};
const fn: OFunction = {
  apiVersion: 'core.openfunction.io/v1beta2',
  kind: 'Function',
  metadata: { ...key },
  spec: { image: 'r.test/hello:v1', serving: { triggers: { http: {} } } },
};

it('brings a function to Running, routes it, and then writes nothing more', async () => {
  const store = memoryStore();
  const routes = routesService();
  const reports = new Map<string, ServingReport>();
  const context = { store, routes, reports, defaultGateway, now: () => 0 };
  await store.create(functionKind, fn);
  await reconcileFunction(context, key);
  const [serving] = (await store.list(servingKind)).items;
  expect(serving?.spec.image).toBe('r.test/hello:v1');

  reports.set(`demo/${serving?.metadata.name}`, { verified: true, proven: false, reason: '', message: '' });
  await reconcileFunction(context, key);
  const running = await store.get(functionKind, key);
  expect(running?.status).toMatchObject({
    serving: { state: 'Running' },
    addresses: [{ type: 'External', value: 'http://hello.demo.ofn.io/' }, { type: 'Internal' }],
  });

  expect((await store.get(serviceKind, key))?.spec.type).toBe('ExternalName');

  await reconcileFunction({ ...context, now: () => 9e9 }, key);
  expect((await store.get(functionKind, key))?.metadata.resourceVersion).toBe(running?.metadata.resourceVersion);

  const abort = new AbortController();
  for await (const update of routes.watch({ gatewayId: 'g' }, { signal: abort.signal })) {
    expect(update).toMatchObject({ upsert: { id: 'demo/hello', serving: `demo/${serving?.metadata.name}` } });
    break;
  }
});

it('takes the route away with the function', async () => {
  const store = memoryStore();
  const routes = routesService();
  const context = { store, routes, reports: new Map(), defaultGateway, now: () => 0 };
  await store.create(functionKind, fn);
  await reconcileFunction(context, key);
  await store.delete(functionKind, key);
  await reconcileFunction(context, key);
  for await (const update of routes.watch({ gatewayId: 'g' }, { signal: new AbortController().signal })) {
    expect(update).toEqual({ snapshotEnd: {} });
    break;
  }
});
