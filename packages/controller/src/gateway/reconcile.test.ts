import { gatewayKind, serviceKind, type Gateway } from '@openfunction/resources';
import { memoryStore, type Store } from '@openfunction/store';
import { expect, it } from 'vitest';
import { defaultGateway } from '../testing/platform.ts';
import { ensureGateway } from './ensure.ts';
import { reconcileGateway } from './reconcile.ts';

const key = { namespace: 'openfunction', name: 'openfunction' };

async function reconciled(spec: Partial<Gateway['spec']> = {}, gatewayService?: string) {
  const store = memoryStore();
  await store.create(gatewayKind, { ...defaultGateway, spec: { ...defaultGateway.spec, ...spec } });
  await reconcileGateway({ store, gatewayService, now: () => 0 }, key);
  const { status } = (await store.get(gatewayKind, key))!;
  return { store, status, said: status?.conditions?.map(({ type, status: is, reason }) => [type, is, reason]) };
}

it('says that a Gateway is ready, and where it is', async () => {
  const { status, said } = await reconciled();
  expect(status?.addresses).toEqual([{ type: 'Hostname', value: 'gateway.openfunction.svc.cluster.local' }]);
  expect(said).toEqual([
    ['Accepted', 'True', 'Accepted'],
    ['Scheduled', 'True', 'ResourcesAvailable'],
    ['Ready', 'True', 'ResourcesAvailable'],
  ]);
});

it('refuses templates that name anything unknown', async () => {
  const { said } = await reconciled({ hostTemplate: '{{.Secret}}' });
  expect(said).toEqual(['Accepted', 'Scheduled', 'Ready'].map((type) => [type, 'False', 'Invalid']));
});

it('leads the Service gateway to the gateway of the platform', async () => {
  const { store } = await reconciled({}, 'ofn-gateway.openfunction.svc.cluster.local');
  expect((await store.get(serviceKind, { namespace: 'openfunction', name: 'gateway' }))?.spec).toMatchObject({
    type: 'ExternalName',
    externalName: 'ofn-gateway.openfunction.svc.cluster.local',
  });
  const { store: other } = await reconciled({}, 'gateway.openfunction.svc.cluster.local');
  expect((await other.list(serviceKind)).items).toEqual([]);
});

it('says that names inside the cluster lead nowhere where it may make no Service, until it may', async () => {
  const store = memoryStore();
  await store.create(gatewayKind, defaultGateway);
  const gatewayService = 'ofn-gateway.elsewhere.svc.cluster.local';
  const look = async (namespaces: string[]): Promise<unknown> => {
    await reconcileGateway({ store, gatewayService, namespaces, now: () => 0 }, key);
    const { status } = (await store.get(gatewayKind, key))!;
    const named = status?.conditions?.find(({ type }) => type === 'NamesResolved');
    return [named?.status, named?.reason, status?.addresses?.length, (await store.list(serviceKind)).items.length];
  };
  expect(await look(['shop'])).toEqual(['False', 'NamespaceNotEnabled', 0, 0]);
  expect(await look(['shop', 'openfunction'])).toEqual(['True', 'ServiceMade', 1, 1]);
  expect(await look(['shop', 'openfunction'])).toEqual(['True', 'ServiceMade', 1, 1]);
});

it('says by which address callers come in', async () => {
  const store = memoryStore();
  await store.create(gatewayKind, defaultGateway);
  await reconcileGateway({ store, now: () => 0, findAddress: () => Promise.resolve('192.0.2.7') }, key);
  expect((await store.get(gatewayKind, key))?.status?.addresses?.[1]).toEqual({ type: 'IPAddress', value: '192.0.2.7' });
});

const listening = (port: number, domain = 'ofn.io'): Gateway => ({
  ...defaultGateway,
  spec: { domain, gatewaySpec: { listeners: [{ name: 'http', port, protocol: 'HTTP' }] } },
});
const specOf = async (store: Store): Promise<Gateway['spec'] | undefined> => (await store.get(gatewayKind, key))?.spec;

it('makes the default Gateway once, and keeps what people change', async () => {
  const store = memoryStore();
  await ensureGateway(store, listening(80));
  const made = (await store.get(gatewayKind, key))!;
  await store.update(gatewayKind, { ...made, spec: { ...made.spec, domain: '10.0.0.1.sslip.io' } });
  await ensureGateway(store, listening(80));
  await ensureGateway(store, listening(8080));
  expect(await specOf(store)).toEqual(listening(8080, '10.0.0.1.sslip.io').spec);
});

it('lets the default Gateway follow a domain or port that the platform is started with later', async () => {
  const store = memoryStore();
  await ensureGateway(store, listening(80));
  await ensureGateway(store, listening(8080, 'other.test'));
  expect(await specOf(store)).toEqual(listening(8080, 'other.test').spec);
});

it('takes a Gateway that was made before wishes were remembered for one that people changed', async () => {
  const store = memoryStore();
  await store.create(gatewayKind, listening(80, 'mine.test'));
  await ensureGateway(store, listening(8080));
  expect(await specOf(store)).toEqual(listening(8080, 'mine.test').spec);
});

it('lets a Gateway go that a former installation holds', async () => {
  const { store } = await reconciled();
  const made = (await store.get(gatewayKind, key))!;
  const finalizers = ['networking.openfunction.io/finalizer'];
  await store.update(gatewayKind, { ...made, metadata: { ...made.metadata, finalizers } });
  await store.delete(gatewayKind, key);
  expect(await store.get(gatewayKind, key)).toBeDefined();
  await reconcileGateway({ store, now: () => 0 }, key);
  expect(await store.get(gatewayKind, key)).toBeUndefined();
});
