import type { KubeObject, ResourceKind } from '@openfunction/resources';
import { storeContract, widgets, widgetSchema } from '@openfunction/store/contract';
import { afterAll, beforeAll, describe, vi } from 'vitest';
import type { KubeApi } from './api.ts';
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
const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

/** An API server takes keys of a list only when they are required or have a default, and needs to be told to keep the rest. */
function openSpec(): object {
  const { spec } = widgetSchema.properties ?? {};
  const env = spec?.properties?.['env'];
  const ports = spec?.properties?.['ports'];
  const properties = {
    ...spec?.properties,
    env: { ...env, items: { ...env?.items, required: ['name'] } },
    ports: { ...ports, items: { ...ports?.items, required: ['port'] } },
  };
  return { ...spec, properties, 'x-kubernetes-preserve-unknown-fields': true };
}

const widgetCrd: KubeObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${widgets.plural}.${widgets.group}` },
  spec: {
    group: widgets.group,
    names: { kind: widgets.kind, plural: widgets.plural },
    scope: 'Namespaced',
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: { openAPIV3Schema: { type: 'object', properties: { spec: openSpec(), status: open } } },
      },
    ],
  },
};

let api: KubeApi;

async function empty(): Promise<void> {
  const store = kubeStore({ api });
  for (const item of (await store.list(widgets)).items) {
    if (item.metadata.finalizers?.length) await store.update(widgets, { ...item, metadata: { ...item.metadata, finalizers: [] } });
    await store.delete(widgets, { namespace: item.metadata.namespace ?? '', name: item.metadata.name });
  }
  await vi.waitFor(
    async () => {
      if ((await store.list(widgets)).items.length > 0) throw new Error('widgets of the last test are still there');
    },
    { timeout: 10_000 },
  );
}

describe.skipIf(kubeconfig === undefined)('kubeStore on a real API server (needs OFN_TEST_KUBECONFIG)', () => {
  beforeAll(async () => {
    api = await connectKube({ kubeconfig });
    const store = kubeStore({ api });
    await store.apply(crds, widgetCrd, { fieldManager: 'contract' });
    await vi.waitFor(() => store.list(widgets), { timeout: 10_000 });
  });
  afterAll(() => api.close());
  storeContract(async () => {
    await empty();
    return { store: kubeStore({ api }), close: empty };
  });
});
