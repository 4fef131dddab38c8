import { allKinds, customResourceDefinitions, type KubeObject, type ResourceKind } from '@openfunction/resources';
import { cases } from '@openfunction/resources/cases';
import { StoreError, type Store } from '@openfunction/store';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { connectKube } from './connect.ts';
import { kubeStore } from './kube-store.ts';

const kubeconfig = process.env['OFN_TEST_KUBECONFIG'];
const crds: ResourceKind = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  namespaced: false,
  hasStatus: true,
};

let store: Store;

const kindOf = (object: KubeObject): ResourceKind => allKinds.find((kind) => kind.kind === object.kind)!;

/** Fields once each: the scale subresource says some again with a leading dot, and `<nil>` says only that rules were skipped. */
function unique(causes: StoreError['causes']): { field: string; reason: string }[] {
  const found = causes.filter(({ field }) => field !== '<nil>').map(({ field, reason }) => ({ field: field.replace(/^\./, ''), reason }));
  return [...new Map(found.map((each) => [`${each.field} ${each.reason}`, each])).values()];
}

async function causesOf(object: KubeObject): Promise<{ field: string; reason: string }[]> {
  const named = { ...object, metadata: { ...object.metadata, namespace: 'default' } };
  try {
    const made = await store.create(kindOf(object), named);
    await store.delete(kindOf(object), { namespace: 'default', name: made.metadata.name });
    return [];
  } catch (error) {
    if (!(error instanceof StoreError && error.code === 'Invalid')) throw error;
    return unique(error.causes);
  }
}

describe.skipIf(kubeconfig === undefined)('the CRDs on a real API server (needs OFN_TEST_KUBECONFIG)', () => {
  beforeAll(async () => {
    store = kubeStore({ api: await connectKube({ kubeconfig }) });
    for (const definition of customResourceDefinitions().values()) await store.apply(crds, definition, { fieldManager: 'contract' });
    const ours = allKinds.filter((kind) => kind.group.endsWith('openfunction.io'));
    await vi.waitFor(() => Promise.all(ours.map((kind) => store.list(kind))), { timeout: 10_000 });
  });

  it.each(cases.map((each) => [each.name, each] as const))('%s', async (_name, { object, causes }) => {
    expect(await causesOf(object)).toEqual(causes);
  });
});
