import type { ListOptions, ObjectList, WatchEvent, WatchOptions } from '@openfunction/store';
import type { Key, KubeObject } from '@openfunction/resources';
import type { Instance, Workloads } from '@openfunction/workload';

/** What is read of a Store; also what stands in for one where the objects are not stored. */
export interface Reader {
  get(key: Key): Promise<KubeObject | undefined>;
  list(options: ListOptions): Promise<ObjectList<KubeObject>>;
  watch(options: WatchOptions): AsyncIterable<WatchEvent<KubeObject>>;
}

const phases = { Starting: 'Pending', Ready: 'Running', Failed: 'Failed', Finished: 'Succeeded' } as const;

/** The instances, as read-only Pods. */
export function podReader(workloads: Workloads): Reader {
  const list = async (options: ListOptions): Promise<KubeObject[]> => {
    const instances = await workloads.list();
    return instances.map(podOf).filter((pod) => isWanted(pod, options));
  };
  return {
    get: async (key) => (await list({ namespace: key.namespace })).find((pod) => pod.metadata.name === key.name),
    list: async (options) => ({ items: await list(options), resourceVersion: '1' }),
    watch: (options) => watchPods(workloads, list, options),
  };
}

/** The instance that a Pod stands for, if it is there. */
export async function instanceOfPod(workloads: Workloads, key: Key): Promise<Instance | undefined> {
  return (await workloads.list()).find((instance) => instance.namespace === key.namespace && podName(instance) === key.name);
}

async function* watchPods(
  workloads: Workloads,
  list: (options: ListOptions) => Promise<KubeObject[]>,
  options: WatchOptions,
): AsyncGenerator<WatchEvent<KubeObject>> {
  const hints = workloads.watch(options.signal);
  let known = new Map<string, KubeObject>();
  if (options.resourceVersion !== undefined) known = byName(await list(options));
  else for (const pod of await list(options)) yield* note(known, pod);
  for await (const _hint of hints) {
    const present = byName(await list(options));
    for (const pod of present.values()) yield* note(known, pod);
    for (const [name, pod] of known) if (!present.has(name)) yield { type: 'DELETED', object: pod };
    known = present;
  }
}

function* note(known: Map<string, KubeObject>, pod: KubeObject): Generator<WatchEvent<KubeObject>> {
  const before = known.get(id(pod));
  known.set(id(pod), pod);
  if (before === undefined) yield { type: 'ADDED', object: pod };
  else if (JSON.stringify(before) !== JSON.stringify(pod)) yield { type: 'MODIFIED', object: pod };
}

function byName(pods: KubeObject[]): Map<string, KubeObject> {
  return new Map(pods.map((pod) => [id(pod), pod]));
}

function id(pod: KubeObject): string {
  return `${pod.metadata.namespace}/${pod.metadata.name}`;
}

function isWanted(pod: KubeObject, options: ListOptions): boolean {
  if (options.namespace !== undefined && pod.metadata.namespace !== options.namespace) return false;
  return Object.entries(options.labels ?? {}).every(([key, value]) => pod.metadata.labels?.[key] === value);
}

function podName(instance: Instance): string {
  return instance.id.toLowerCase().replaceAll(/[^a-z0-9.-]+/g, '-');
}

function podOf(instance: Instance): KubeObject {
  const { owner, finished } = instance;
  const startedAt = new Date(instance.createdAt).toISOString().replace(/\.\d+Z$/, 'Z');
  const isReady = instance.phase === 'Ready';
  const terminated = finished && {
    exitCode: finished.exitCode ?? (finished.succeeded ? 0 : 1),
    reason: finished.reason,
    message: finished.message,
  };
  const state = terminated ? { terminated } : isReady ? { running: { startedAt } } : { waiting: { reason: instance.phase } };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: podName(instance),
      namespace: instance.namespace,
      uid: instance.id,
      resourceVersion: '1',
      creationTimestamp: startedAt,
      labels: {
        'openfunction.io/workload': instance.workload.name,
        ...(owner ? { [`openfunction.io/${owner.kind.toLowerCase()}`]: owner.key.name } : {}),
      },
      ...(owner ? { ownerReferences: [{ apiVersion: owner.apiVersion, kind: owner.kind, name: owner.key.name, uid: owner.uid }] } : {}),
    },
    spec: { containers: [{ name: 'function', image: instance.digest ?? 'runner' }] },
    status: {
      phase: phases[instance.phase],
      startTime: startedAt,
      conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False' }],
      containerStatuses: [{ name: 'function', ready: isReady, restartCount: 0, image: instance.digest ?? 'runner', imageID: '', state }],
    },
  };
}
