import type { Key, KubeObject, ResourceKind } from '@openfunction/resources';
import { StoreError, type Store } from '@openfunction/store';
import {
  WorkloadError,
  type Instance,
  type InstanceId,
  type LogLine,
  type Owner,
  type TemplateField,
  type Workload,
  type Workloads,
} from '@openfunction/workload';
import type { KubeApi } from './api.ts';
import { systemClock, type Clock } from './clock.ts';
import { instanceOfPod, type Pod } from './instance-of-pod.ts';
import { kubeStore } from './kube-store.ts';
import { parseLogLine, sealingKeyIn } from './log-line.ts';
import { adoptionPatch, container, deploymentOf, jobOf, labels, manager, type Images } from './manifests.ts';
import { mergeHints } from './merge-hints.ts';
import { resourcePath } from './resource-path.ts';

export interface KubeWorkloadsOptions {
  api: KubeApi;
  /** The images of the runner and of the builder. */
  images: Images;
  /** Where instances may be made; a Workload of any other is refused with `NamespaceNotEnabled`. */
  namespaces: readonly string[];
  clock?: Clock;
  /** Told of failures that are retried. */
  onError?: (error: unknown) => void;
}

const pods: ResourceKind<Pod> = { group: '', version: 'v1', kind: 'Pod', plural: 'pods', namespaced: true, hasStatus: true };
const deployments: ResourceKind = {
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  namespaced: true,
  hasStatus: true,
};
const jobs: ResourceKind = { group: 'batch', version: 'v1', kind: 'Job', plural: 'jobs', namespaced: true, hasStatus: true };
const ours = { [labels.managedBy]: manager };
const pageSize = 500;

function isCode(error: unknown, ...codes: StoreError['code'][]): boolean {
  return error instanceof StoreError && codes.includes(error.code);
}

function notFound(id: InstanceId): WorkloadError {
  return new WorkloadError('InstanceNotFound', `Instance "${id}" was not found: no pod of ours has this uid. List the instances again.`);
}

async function allOf<T extends KubeObject>(
  store: Store,
  kind: ResourceKind<T>,
  namespace: string,
  selector: Record<string, string>,
): Promise<T[]> {
  const items: T[] = [];
  let token: string | undefined;
  do {
    const page = await store.list(kind, { namespace, labels: selector, limit: pageSize, continue: token });
    items.push(...page.items);
    token = page.continue;
  } while (token);
  return items;
}

/** Instances as pods: a Deployment for what serves, a Job for what runs once. */
export function kubeWorkloads(options: KubeWorkloadsOptions): Workloads {
  const { api, images, namespaces, clock = systemClock, onError } = options;
  const store = kubeStore({ api, clock, onError });
  const places = new Map<InstanceId, Key>();
  const sealingKeys = new Map<InstanceId, string>();

  function checkNamespace(namespace: string): void {
    if (namespaces.includes(namespace)) return;
    throw new WorkloadError(
      'NamespaceNotEnabled',
      `Nothing can run in the namespace "${namespace}": it is not enabled for functions. Add it to the platform's namespaces.`,
    );
  }

  async function podsOf(selector: Record<string, string>): Promise<Pod[]> {
    const found = (await Promise.all(namespaces.map((namespace) => allOf(store, pods, namespace, selector)))).flat();
    // A pod that is ending takes no more work, hence is no instance any more.
    return found.filter((pod) => pod.metadata.deletionTimestamp === undefined);
  }

  function remember(found: Pod[]): void {
    for (const pod of found) places.set(pod.metadata.uid ?? '', { namespace: pod.metadata.namespace ?? '', name: pod.metadata.name });
  }

  async function placeOf(id: InstanceId): Promise<Key | undefined> {
    if (!places.has(id)) remember(await podsOf(ours));
    return places.get(id);
  }

  /** Read by way of the API server, since a key from the pod network could be anyone's. */
  async function sealingKeyOf(pod: Pod, instance: Instance): Promise<string | undefined> {
    if (instance.endpoints === undefined || sealingKeys.has(instance.id)) return sealingKeys.get(instance.id);
    try {
      const query = { container, limitBytes: '4096' };
      for await (const line of api.lines({
        method: 'GET',
        path: resourcePath(pods, { ...pod.metadata, subresource: 'log' }),
        query,
        signal: AbortSignal.timeout(5_000),
      })) {
        const key = sealingKeyIn(line);
        if (key !== undefined) sealingKeys.set(instance.id, key);
        break;
      }
    } catch (error) {
      onError?.(error);
    }
    return sealingKeys.get(instance.id);
  }

  async function create(kind: ResourceKind, object: KubeObject): Promise<void> {
    try {
      await store.create(kind, object);
    } catch (error) {
      if (!isCode(error, 'AlreadyExists')) throw error;
    }
  }

  function forgetAllBut(found: Pod[]): void {
    const present = new Set(found.map((pod) => pod.metadata.uid));
    for (const id of places.keys()) if (!present.has(id)) places.delete(id);
    for (const id of sealingKeys.keys()) if (!present.has(id)) sealingKeys.delete(id);
  }

  return {
    runs: new Set(['runner', 'image'] as const),
    honours: new Set<TemplateField>([
      'env',
      'labels',
      'annotations',
      'cpu',
      'memory',
      'ephemeralStorage',
      'secretFiles',
      'deadlineSeconds',
    ]),

    apply: async (workload: Workload) => {
      checkNamespace(workload.key.namespace);
      // A Job cannot be changed, and what ran once must not run again.
      if (workload.run === 'once') await create(jobs, jobOf(workload, images));
      else await store.apply(deployments, deploymentOf(workload, images), { fieldManager: manager });
    },

    remove: async (key) => {
      if (!namespaces.includes(key.namespace)) return;
      for (const kind of [deployments, jobs]) {
        const found = await store.get(kind, key);
        // Someone else's object of the same name is not ours to delete.
        if (found?.metadata.labels?.[labels.managedBy] === manager) await store.delete(kind, key, { uid: found.metadata.uid });
      }
    },

    list: async (owner?: Owner) => {
      const found = await podsOf(owner === undefined ? ours : { ...ours, [labels.owner]: owner.uid });
      if (owner === undefined) forgetAllBut(found);
      remember(found);
      return Promise.all(found.map(async (pod) => instanceOfPod(pod, await sealingKeyOf(pod, instanceOfPod(pod)))));
    },

    watch: (signal) =>
      mergeHints(
        namespaces.map((namespace) => (stop: AbortSignal) => store.watch(pods, { namespace, labels: ours, signal: stop })),
        (pod) => ({ namespace: pod.metadata.namespace ?? '', name: pod.metadata.labels?.[labels.workload] ?? '' }),
        signal,
      ),

    adopt: async (id, owner, digest) => {
      const key = await placeOf(id);
      if (key === undefined) throw notFound(id);
      try {
        await api.json({
          method: 'PATCH',
          path: resourcePath(pods, key),
          query: { fieldManager: manager },
          contentType: 'application/merge-patch+json',
          body: adoptionPatch(id, owner, digest),
        });
      } catch (error) {
        if (isCode(error, 'NotFound', 'Conflict', 'Invalid'))
          throw new WorkloadError('InstanceNotFound', notFound(id).message, { cause: error });
        throw error;
      }
    },

    destroy: async (id) => {
      const key = await placeOf(id);
      if (key === undefined) return;
      try {
        const body = { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0, preconditions: { uid: id } };
        await api.json({ method: 'DELETE', path: resourcePath(pods, key), body });
      } catch (error) {
        if (!isCode(error, 'NotFound', 'Conflict')) throw error;
      }
    },

    logs: async function* logs(id, { follow, tailLines, signal }): AsyncGenerator<LogLine> {
      const key = await placeOf(id);
      if (key === undefined) throw notFound(id);
      const query = {
        container,
        timestamps: 'true',
        follow: String(follow),
        tailLines: tailLines === undefined ? undefined : String(tailLines),
      };
      for await (const line of api.lines({ method: 'GET', path: resourcePath(pods, { ...key, subresource: 'log' }), query, signal })) {
        if (signal.aborted) return;
        if (line !== '') yield parseLogLine(line);
      }
    },
  };
}
