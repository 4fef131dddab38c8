import type { ResourceKind } from '@openfunction/resources';
import type { Store } from '@openfunction/store';
import { vi } from 'vitest';

const core = (kind: string, plural: string, namespaced: boolean): ResourceKind => ({
  group: '',
  version: 'v1',
  kind,
  plural,
  namespaced,
  hasStatus: false,
});

/** Makes a namespace that admits only restricted pods, and waits until pods can be made in it. */
export async function testNamespace(store: Store, name: string): Promise<void> {
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
  await store.apply(core('Namespace', 'namespaces', false), namespace, { fieldManager: 'test' });
  await vi.waitFor(
    async () => {
      if (!(await store.get(core('ServiceAccount', 'serviceaccounts', true), { namespace: name, name: 'default' })))
        throw new Error('no service account yet');
    },
    { timeout: 20_000 },
  );
}
