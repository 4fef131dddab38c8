import type { KubeObject, ResourceKind } from '@openfunction/resources';
import type { Owner, Workload, Workloads } from '@openfunction/workload';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubeApi } from './api.ts';
import { connectKube } from './connect.ts';
import { kubeStore } from './kube-store.ts';
import { kubeWorkloads } from './kube-workloads.ts';
import { testNamespace } from './testing/test-namespace.ts';

const kubeconfig = process.env['OFN_TEST_KUBECONFIG'];
const namespace = 'kube-workloads-test';
// A program that only waits: whether an instance answers is for the runner's own tests to show.
const pause = 'docker.io/openfunction-e2e/pause:1';
const core = (kind: string, plural: string, namespaced = true): ResourceKind => ({
  group: '',
  version: 'v1',
  kind,
  plural,
  namespaced,
  hasStatus: false,
});
const configMaps = core('ConfigMap', 'configmaps');
const patience = { timeout: 15_000, interval: 100 };
const digest = `sha256:${'0'.repeat(64)}` as const;

let api: KubeApi;
let workloads: Workloads;

function workload(name: string, given: Partial<Workload> = {}): Workload {
  return {
    key: { namespace, name },
    artifact: { kind: 'image', ref: pause },
    replicas: 1,
    template: { memory: '32Mi', cpu: '10m', ephemeralStorage: '16Mi' },
    run: 'serve',
    ...given,
  };
}
const idsOf = async (name: string): Promise<string[]> =>
  (await workloads.list()).filter((instance) => instance.workload.name === name).map((instance) => instance.id);
async function untilCount(name: string, count: number): Promise<string[]> {
  await expect.poll(async () => (await idsOf(name)).length, patience).toBe(count);
  return idsOf(name);
}

async function makeOwner(name: string): Promise<Owner> {
  const made = await kubeStore({ api }).create<KubeObject>(configMaps, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace, generateName: name } as KubeObject['metadata'],
  });
  return { apiVersion: 'v1', kind: 'ConfigMap', key: { namespace, name: made.metadata.name }, uid: made.metadata.uid ?? '' };
}

describe.skipIf(kubeconfig === undefined)('kubeWorkloads on a real cluster (needs OFN_TEST_KUBECONFIG)', () => {
  beforeAll(async () => {
    api = await connectKube({ kubeconfig });
    await testNamespace(kubeStore({ api }), namespace);
    workloads = kubeWorkloads({ api, runtimes: { node: { image: pause }, build: { image: pause } }, namespaces: [namespace] });
  });
  afterAll(async () => {
    for (const name of ['claims', 'rolled', 'late', 'ended']) await workloads.remove({ namespace, name });
    const left = (await kubeStore({ api }).list(configMaps, { namespace })).items.filter(
      (item) => item.metadata.name !== 'kube-root-ca.crt',
    );
    for (const item of left) await kubeStore({ api }).delete(configMaps, { namespace, name: item.metadata.name });
    await api.close();
  });

  it('refills when an instance is adopted, which survives removal and dies with its owner', async () => {
    await workloads.apply(workload('claims'));
    const [first = ''] = await untilCount('claims', 1);
    const owner = await makeOwner('serving-');
    await workloads.adopt(first, owner, digest);
    expect(await workloads.list(owner)).toMatchObject([{ id: first, owner, digest }]);
    await untilCount('claims', 2);
    await workloads.remove({ namespace, name: 'claims' });
    await expect.poll(() => idsOf('claims'), patience).toEqual([first]);
    await kubeStore({ api }).delete(configMaps, owner.key);
    await untilCount('claims', 0);
  });

  it('lets a pool go with the ConfigMap that it belongs to, but not an instance that was adopted from it', async () => {
    const { key } = await makeOwner('install-');
    const installed = kubeWorkloads({
      api,
      runtimes: { node: { image: pause }, build: { image: pause } },
      namespaces: [namespace],
      poolOwner: key.name,
    });
    await installed.apply(workload('installed'));
    const [adopted = ''] = await untilCount('installed', 1);
    const serving = await makeOwner('serving-');
    await installed.adopt(adopted, serving, digest);
    await untilCount('installed', 2);
    await kubeStore({ api }).delete(configMaps, key);
    await expect.poll(() => idsOf('installed'), { timeout: 60_000, interval: 100 }).toEqual([adopted]);
    // Without it they stay until they are removed.
    await installed.apply(workload('installed'));
    await untilCount('installed', 2);
    await installed.remove({ namespace, name: 'installed' });
    await kubeStore({ api }).delete(configMaps, serving.key);
    await untilCount('installed', 0);
    installed.close();
  }, 120_000);

  it('replaces a destroyed instance', async () => {
    await workloads.apply(workload('ended'));
    const [first = ''] = await untilCount('ended', 1);
    await workloads.destroy(first);
    await expect.poll(async () => (await idsOf('ended')).filter((id) => id !== first).length, patience).toBe(1);
  });

  it('changes nothing when the same is applied again', async () => {
    const hints = workloads.watch(AbortSignal.timeout(15_000))[Symbol.asyncIterator]();
    await workloads.apply(workload('rolled'));
    const before = await untilCount('rolled', 1);
    await workloads.apply(workload('rolled'));
    expect(await untilCount('rolled', 1)).toEqual(before);
    expect((await hints.next()).value).toMatchObject({ namespace });
    await hints.return?.();
  });

  it('rolls a changed template, but leaves the adopted instance alone', async () => {
    await workloads.apply(workload('rolled'));
    const [adopted = ''] = await untilCount('rolled', 1);
    await workloads.adopt(adopted, await makeOwner('serving-'), digest);
    const before = (await untilCount('rolled', 2)).find((id) => id !== adopted) ?? '';
    await workloads.apply(workload('rolled', { template: { ...workload('rolled').template, env: { CHANGED: 'yes' } } }));
    await expect.poll(async () => (await idsOf('rolled')).filter((id) => id !== adopted && id !== before).length, patience).toBe(1);
    expect(await idsOf('rolled')).toContain(adopted);
  });

  it('stops a task at its deadline and says so', async () => {
    await workloads.apply(workload('late', { run: 'once', template: { ...workload('late').template, deadlineSeconds: 1 } }));
    await expect
      .poll(async () => (await workloads.list()).find((instance) => instance.workload.name === 'late')?.finished?.reason, patience)
      .toBe('DeadlineExceeded');
  });

  it('says which quota refuses an instance, and nothing when there is room', async () => {
    const quotas = core('ResourceQuota', 'resourcequotas');
    const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { namespace, name: 'few' }, spec: { hard: { pods: '0' } } };
    const store = kubeStore({ api });
    await store.apply<KubeObject>(quotas, quota, { fieldManager: 'test' });
    const counted = async (): Promise<unknown> => (await store.get<KubeObject>(quotas, { namespace, name: 'few' }))?.status;
    await expect.poll(counted, patience).toMatchObject({ used: { pods: expect.any(String) as string } });
    const { key } = workload('refused');
    try {
      await workloads.apply(workload('refused'));
      await expect
        .poll(() => workloads.hindrance?.(key), patience)
        .toMatchObject({
          code: 'QuotaExceeded',
          message: expect.stringMatching(
            /^The ResourceQuota "few" refuses an instance: it asks for pods=1, pods=\d+ are in use, and the limit is pods=\d+\./,
          ) as string,
        });
      const build = workload('no-build', { run: 'once' });
      await workloads.apply(build);
      await expect.poll(() => workloads.hindrance?.(build.key), patience).toMatchObject({ code: 'ContainerNotCreated' });
      await workloads.remove(build.key);
    } finally {
      await store.delete(quotas, { namespace, name: 'few' });
      await workloads.remove(key);
    }
    await workloads.apply(workload('admitted'));
    await untilCount('admitted', 1);
    expect(await workloads.hindrance?.({ namespace, name: 'admitted' })).toBeUndefined();
    expect(await workloads.hindrance?.({ namespace, name: 'unknown' })).toBeUndefined();
  }, 60_000);

  it('refuses other namespaces and unknown instances', async () => {
    await expect(workloads.apply({ ...workload('x'), key: { namespace: 'default', name: 'x' } })).rejects.toMatchObject({
      code: 'NamespaceNotEnabled',
    });
    await expect(workloads.adopt('unknown', await makeOwner('o-'), digest)).rejects.toMatchObject({ code: 'InstanceNotFound' });
    await workloads.destroy('unknown');
  });
});
