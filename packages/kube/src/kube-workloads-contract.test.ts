import type { KubeObject, ResourceKind } from '@openfunction/resources';
import type { Owner } from '@openfunction/workload';
import { workloadsContract, type Behaviour } from '@openfunction/workload/contract';
import { afterAll, beforeAll, describe, expect, vi } from 'vitest';
import type { KubeApi } from './api.ts';
import { connectKube } from './connect.ts';
import { kubeStore } from './kube-store.ts';
import { kubeWorkloads } from './kube-workloads.ts';
import { testNamespace } from './testing/test-namespace.ts';

const kubeconfig = process.env['OFN_TEST_KUBECONFIG'];
const namespace = 'kube-workloads-contract';
const behave = 'docker.io/openfunction-e2e/behave:1';
const configMaps: ResourceKind = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespaced: true,
  hasStatus: false,
};

// A pod takes seconds where a process takes milliseconds.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 60_000 });

let api: KubeApi;

async function makeOwner(): Promise<Owner> {
  const metadata = { namespace, generateName: 'owner-', labels: { test: 'owner' } } as unknown as KubeObject['metadata'];
  const made = await kubeStore({ api }).create(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata });
  return { apiVersion: 'v1', kind: 'ConfigMap', key: { namespace, name: made.metadata.name }, uid: made.metadata.uid ?? '' };
}

describe.skipIf(kubeconfig === undefined)('kubeWorkloads keeps the contract on a real cluster (needs OFN_TEST_KUBECONFIG)', () => {
  beforeAll(async () => {
    api = await connectKube({ kubeconfig });
    await testNamespace(kubeStore({ api }), namespace);
  });
  afterAll(() => api.close());
  workloadsContract(async () => {
    const open = (): ReturnType<typeof kubeWorkloads> =>
      kubeWorkloads({ api, runtimes: { node: { image: behave }, build: { image: behave } }, namespaces: [namespace] });
    let current = open();
    return {
      workloads: current,
      namespace,
      artifact: { kind: 'image', ref: behave },
      templateFor: (behaviour: Behaviour) => ({ cpu: '10m', memory: '32Mi', ephemeralStorage: '16Mi', env: { BEHAVIOUR: behaviour } }),
      makeOwner,
      recreate: async () => {
        current.close();
        current = open();
        return current;
      },
      close: async () => {
        const store = kubeStore({ api });
        for (const name of ['pool', 'other']) await current.remove({ namespace, name });
        for (const { metadata } of (await store.list(configMaps, { namespace, labels: { test: 'owner' } })).items)
          await store.delete(configMaps, { namespace, name: metadata.name });
        for (const { id } of await current.list()) await current.destroy(id);
        await expect.poll(() => current.list(), { timeout: 15_000 }).toEqual([]);
        current.close();
      },
    };
  });
});
