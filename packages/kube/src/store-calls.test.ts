import type { KubeObject, ResourceKind } from '@openfunction/resources';
import { expect, it } from 'vitest';
import type { ApiRequest, KubeApi } from './api.ts';
import { kubeStore } from './kube-store.ts';

const kind: ResourceKind = { group: 'g.test', version: 'v1', kind: 'Thing', plural: 'things', namespaced: true, hasStatus: true };
const thing = (resourceVersion?: string): KubeObject => ({
  apiVersion: 'g.test/v1',
  kind: 'Thing',
  metadata: { namespace: 'n', name: 't', ...(resourceVersion === undefined ? {} : { resourceVersion }) },
  status: { state: 'Running' },
});

function recorded(): { calls: string[]; api: KubeApi } {
  const calls: string[] = [];
  const api: KubeApi = {
    json: async <R>({ method, path }: ApiRequest): Promise<R> => {
      calls.push(`${method} ${path}`);
      return { ...thing('7'), status: {} } as R;
    },
    lines: async function* lines() {},
    close: async () => undefined,
  };
  return { calls, api };
}

const path = '/apis/g.test/v1/namespaces/n/things/t';

it('writes the status of a version that was read with one call', async () => {
  const { api, calls } = recorded();
  await kubeStore({ api }).updateStatus(kind, thing('7'));
  expect(calls).toEqual([`PUT ${path}/status`]);
});

it('binds the status of no version to what is there now', async () => {
  const { api, calls } = recorded();
  await kubeStore({ api }).updateStatus(kind, thing());
  expect(calls).toEqual([`GET ${path}`, `PUT ${path}/status`]);
});
