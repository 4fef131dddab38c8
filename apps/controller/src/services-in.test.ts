import { functionKind, serviceKind, type OFunction, type Service } from '@openfunction/resources';
import { memoryStore } from '@openfunction/store';
import { expect, it } from 'vitest';
import { servicesIn } from './services-in.ts';

const service = (namespace: string): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { namespace, name: 'hello' },
  spec: { type: 'ExternalName', externalName: 'gateway.test' },
});

it('makes Services in enabled namespaces, and neither makes nor reads one in any other', async () => {
  const store = memoryStore();
  const narrow = servicesIn(store, ['shop']);
  await store.create(serviceKind, service('other'));
  for (const namespace of ['shop', 'third']) await narrow.apply(serviceKind, service(namespace), { fieldManager: 'f' });
  const present = (await store.list(serviceKind)).items.map(({ metadata }) => metadata.namespace);
  expect(present.toSorted()).toEqual(['other', 'shop']);
  expect(await narrow.get(serviceKind, { namespace: 'other', name: 'hello' })).toBeUndefined();
  expect((await narrow.get(serviceKind, { namespace: 'shop', name: 'hello' }))?.kind).toBe('Service');
  const fn: OFunction = {
    apiVersion: 'core.openfunction.io/v1beta2',
    kind: 'Function',
    metadata: { namespace: 'other', name: 'f' },
    spec: { image: 'x' },
  };
  await narrow.create(functionKind, fn);
  expect(await narrow.get(functionKind, { namespace: 'other', name: 'f' })).toBeDefined();
});
