import { memoryStore } from '@openfunction/store';
import { serviceKind } from '@openfunction/resources';
import { expect, it } from 'vitest';
import { serviceAddress } from './service-address.ts';

const key = { namespace: 'openfunction', name: 'gateway-public' };

async function addressOf(service: object): Promise<string | undefined> {
  const store = memoryStore();
  await store.create(serviceKind, { apiVersion: 'v1', kind: 'Service', metadata: key, spec: {}, ...service });
  const made = (await store.get(serviceKind, key))!;
  await store.updateStatus(serviceKind, { ...made, ...service });
  return serviceAddress(store, key);
}

it('prefers the address that is reached from furthest away', async () => {
  const spec = { clusterIP: '10.0.0.1', externalIPs: ['192.0.2.1'] };
  expect(await addressOf({ spec: { clusterIP: 'None' } })).toBeUndefined();
  expect(await addressOf({ spec: { clusterIP: '10.0.0.1' } })).toBe('10.0.0.1');
  expect(await addressOf({ spec })).toBe('192.0.2.1');
  expect(await addressOf({ spec, status: { loadBalancer: { ingress: [{ hostname: 'a' }, { ip: '198.51.100.1' }] } } })).toBe(
    '198.51.100.1',
  );
  expect(await serviceAddress(memoryStore(), key)).toBeUndefined();
});
