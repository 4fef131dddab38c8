import { configMapKind, type KubeObject, type OwnerReference, type ResourceKind } from '@openfunction/resources';
import { StoreError } from '@openfunction/store';
import {
  WorkloadError,
  type Instance,
  type InstanceId,
  type LogLine,
  type Owner,
  type Workload,
  type Workloads,
} from '@openfunction/workload';
import type { KubeApi } from './api.ts';
import { systemClock, type Clock } from './clock.ts';
import { failedPods } from './failed-pods.ts';
import { hindranceOf, jobHindrance, type DeploymentStatus, type Job } from './hindrance.ts';
import { hints } from './hints.ts';
import { honours } from './honours.ts';
import { instanceOfPod, needsSealingKey, type Pod } from './instance-of-pod.ts';
import { keptLogs } from './kept-logs.ts';
import { kubeStore } from './kube-store.ts';
import { parseLogLine } from './log-line.ts';
import { container } from './function-pod.ts';
import { adoptionPatch, deploymentOf, jobOf, labels, leavingPatch, manager, type Requests, type Runtimes } from './manifests.ts';
import { podCache, pods } from './pod-cache.ts';
import { resourcePath } from './resource-path.ts';
import { sealingKeys } from './sealing-keys.ts';

export interface KubeWorkloadsOptions {
  api: KubeApi;
  runtimes: Runtimes;
  /** What an instance of a pool reserves; by default little, since most of them wait. */
  poolRequests?: Requests;
  /** Where instances may be made; a Workload of any other is refused with `NamespaceNotEnabled`. */
  namespaces: readonly string[];
  /** Name of a ConfigMap in each of them: a pool goes when it goes. Default: a pool stays until it is removed. */
  poolOwner?: string;
  clock?: Clock;
  /** Told of failures that are retried. */
  onError?: (error: unknown) => void;
}

const deployments: ResourceKind = {
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  namespaced: true,
  hasStatus: true,
};
const jobs: ResourceKind = { group: 'batch', version: 'v1', kind: 'Job', plural: 'jobs', namespaced: true, hasStatus: true };
const littleRequests: Requests = { cpu: '50m', memory: '64Mi', ephemeralStorage: '64Mi' };
const ours = { [labels.managedBy]: manager };

function isCode(error: unknown, ...codes: StoreError['code'][]): boolean {
  return error instanceof StoreError && codes.includes(error.code);
}

function notFound(id: InstanceId): WorkloadError {
  return new WorkloadError('InstanceNotFound', `Instance "${id}" was not found: no pod of ours has this uid. List the instances again.`);
}

function tailOf(lines: readonly LogLine[], count = lines.length): readonly LogLine[] {
  return lines.slice(Math.max(0, lines.length - count));
}

export interface KubeWorkloads extends Workloads {
  /** Ends the watches; what runs runs on. */
  close(): void;
}

/** Instances as pods: a Deployment for what serves, a Job for what runs once. Listing them reads memory, which watches keep up to date. */
export function kubeWorkloads(options: KubeWorkloadsOptions): KubeWorkloads {
  const { api, runtimes, poolRequests = littleRequests, namespaces, poolOwner, clock = systemClock, onError } = options;
  const store = kubeStore({ api, clock, onError });
  const settings = { runtimes, poolRequests };
  const ended = new AbortController();
  const { signal } = ended;
  const changes = hints();
  const keys = sealingKeys({ api, clock, signal, onError });
  const failures = failedPods({ clock, signal, destroy: (pod) => destroy(pod), onError });
  const kept = keptLogs({ api, onError });
  const cache = podCache({ store, namespaces, labels: ours, signal, onError, onChange });

  const instanceOf = (pod: Pod): Instance => instanceOfPod(pod, keys.get(pod.metadata.uid ?? ''));

  function onChange(pod: Pod, gone: boolean): void {
    if (gone) keys.forget(pod.metadata.uid ?? '');
    else if (needsSealingKey(pod) && pod.status?.phase === 'Running') keys.fetch(pod, () => changes.tell(instanceOf(pod).workload));
    if (!gone && pod.metadata.deletionTimestamp === undefined) failures.see(instanceOf(pod), pod);
    changes.tell(instanceOf(pod).workload);
  }

  async function destroy(pod: Pod): Promise<void> {
    const { uid = '' } = pod.metadata;
    try {
      const body = { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0, preconditions: { uid } };
      await api.json({ method: 'DELETE', path: resourcePath(pods, { ...pod.metadata }), body });
    } catch (error) {
      if (!isCode(error, 'NotFound', 'Conflict')) throw error;
    }
    cache.forget(uid);
  }

  async function letGoFirst(id: InstanceId): Promise<void> {
    const pod = await cache.find(id);
    if (pod === undefined || pod.metadata.deletionTimestamp !== undefined) return;
    try {
      const path = resourcePath(pods, { ...pod.metadata });
      const contentType = 'application/merge-patch+json';
      await api.json({ method: 'PATCH', path, query: { fieldManager: manager }, contentType, body: leavingPatch(id) });
    } catch (error) {
      if (!isCode(error, 'NotFound', 'Conflict', 'Invalid')) throw error;
    }
  }

  /** Of a container that has not started there is no log yet, and asking for it is an error. */
  async function startedPod(id: InstanceId, stop: AbortSignal): Promise<Pod | undefined> {
    while (!stop.aborted && !signal.aborted) {
      const pod = await cache.find(id);
      if (pod === undefined) throw notFound(id);
      if (pod.status?.containerStatuses?.some(({ state }) => state?.running !== undefined || state?.terminated !== undefined)) return pod;
      await clock.sleep(100, stop);
    }
    return undefined;
  }

  function checkNamespace(namespace: string): void {
    if (namespaces.includes(namespace)) return;
    throw new WorkloadError(
      'NamespaceNotEnabled',
      `Nothing can run in the namespace "${namespace}": it is not enabled for functions. Add it to functionNamespaces of the chart.`,
    );
  }

  async function poolOwners({ key, owner }: Workload): Promise<OwnerReference[]> {
    if (owner !== undefined || poolOwner === undefined) return [];
    const found = await store.get(configMapKind, { namespace: key.namespace, name: poolOwner });
    return found === undefined ? [] : [{ apiVersion: 'v1', kind: 'ConfigMap', name: poolOwner, uid: found.metadata.uid ?? '' }];
  }

  async function create(kind: ResourceKind, object: KubeObject): Promise<void> {
    try {
      await store.create(kind, object);
    } catch (error) {
      if (!isCode(error, 'AlreadyExists')) throw error;
    }
  }

  return {
    runs: new Set(['runner', 'image'] as const),
    honours,

    apply: async (workload: Workload) => {
      checkNamespace(workload.key.namespace);
      // A Job cannot be changed, and what ran once must not run again.
      if (workload.run === 'once') return create(jobs, jobOf(workload, settings));
      failures.tend(workload.key);
      for (const id of workload.leaving ?? []) await letGoFirst(id);
      await store.apply(deployments, deploymentOf(workload, settings, await poolOwners(workload)), { fieldManager: manager });
    },

    remove: async (key) => {
      if (!namespaces.includes(key.namespace)) return;
      failures.leave(key);
      for (const kind of [deployments, jobs]) {
        const found = await store.get(kind, key);
        // Someone else's object of the same name is not ours to delete.
        if (found?.metadata.labels?.[labels.managedBy] === manager) await store.delete(kind, key, { uid: found.metadata.uid });
      }
    },

    list: async (owner?: Owner) => {
      const present = await cache.all();
      const wanted = owner === undefined ? present : present.filter((pod) => pod.metadata.labels?.[labels.owner] === owner.uid);
      return wanted.map(instanceOf);
    },

    hindrance: async (key) => {
      const found = await store.get(deployments, key);
      if (found !== undefined) return hindranceOf((found.status as DeploymentStatus | undefined)?.conditions);
      return jobHindrance((await store.get(jobs, key)) as Job | undefined);
    },

    watch: (stop) => {
      void cache.all();
      return changes.read(AbortSignal.any([stop, signal]));
    },

    adopt: async (id, owner, digest) => {
      const pod = await cache.find(id);
      if (pod === undefined) throw notFound(id);
      try {
        const adopted = await api.json<Pod>({
          method: 'PATCH',
          path: resourcePath(pods, { ...pod.metadata }),
          query: { fieldManager: manager },
          contentType: 'application/merge-patch+json',
          body: adoptionPatch(id, owner, digest),
        });
        cache.learn(adopted);
      } catch (error) {
        if (isCode(error, 'NotFound', 'Conflict', 'Invalid'))
          throw new WorkloadError('InstanceNotFound', notFound(id).message, { cause: error });
        throw error;
      }
    },

    destroy: async (id, { keepsLog } = { keepsLog: false }) => {
      const pod = await cache.find(id);
      if (pod === undefined) return;
      if (keepsLog) await kept.keep(pod);
      await destroy(pod);
    },

    logs: async function* logs(id, { follow, tailLines, previous, signal: stop }): AsyncGenerator<LogLine> {
      const past = kept.find(id);
      if (past !== undefined) return yield* tailOf(await past, tailLines);
      const started = await startedPod(id, stop);
      if (started === undefined) return;
      const path = resourcePath(pods, { ...started.metadata, subresource: 'log' });
      const query = {
        container,
        timestamps: 'true',
        follow: String(follow),
        previous: previous === true ? 'true' : undefined,
        tailLines: tailLines === undefined ? undefined : String(tailLines),
      };
      for await (const line of api.lines({ method: 'GET', path, query, signal: stop })) {
        if (stop.aborted) return;
        if (line !== '') yield parseLogLine(line);
      }
    },

    close: () => ended.abort(),
  };
}
