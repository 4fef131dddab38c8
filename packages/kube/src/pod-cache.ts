import type { ResourceKind, Uid } from '@openfunction/resources';
import type { Store } from '@openfunction/store';
import type { Pod } from './instance-of-pod.ts';

export const pods: ResourceKind<Pod> = { group: '', version: 'v1', kind: 'Pod', plural: 'pods', namespaced: true, hasStatus: true };

export interface PodCacheOptions {
  store: Pick<Store, 'watch'>;
  namespaces: readonly string[];
  labels: Record<string, string>;
  signal: AbortSignal;
  onError?: (error: unknown) => void;
  /** Told of every pod that appears, changes or goes. */
  onChange: (pod: Pod, gone: boolean) => void;
}

/** Pods as the watches last told them, so that reading them costs no call. */
export interface PodCache {
  /** Those that are not ending; waits until all namespaces were listed once. */
  all(): Promise<Pod[]>;
  find(uid: Uid): Promise<Pod | undefined>;
  /** Takes over what a write was answered with, ahead of the watch. */
  learn(pod: Pod): void;
  forget(uid: Uid): void;
}

/** Etcd counts revisions, so a longer number is a later one; of equal length the text decides. */
function isOlder(one: Pod, other: Pod): boolean {
  const [a = '', b = ''] = [one.metadata.resourceVersion, other.metadata.resourceVersion];
  return a.length === b.length ? a < b : a.length < b.length;
}

export function podCache(options: PodCacheOptions): PodCache {
  const { store, namespaces, labels, signal, onError, onChange } = options;
  const known = new Map<Uid, Pod>();
  let started: Promise<unknown> | undefined;

  function learn(pod: Pod): void {
    const uid = pod.metadata.uid ?? '';
    const old = known.get(uid);
    if (old !== undefined && isOlder(pod, old)) return;
    const { managedFields: _, ...metadata } = pod.metadata;
    // Of hundreds of pods they are half the memory.
    known.set(uid, { ...pod, metadata });
    onChange(pod, false);
  }

  function forget(uid: Uid): void {
    const old = known.get(uid);
    if (old !== undefined && known.delete(uid)) onChange(old, true);
  }

  function follow(namespace: string): Promise<void> {
    const { promise: listed, resolve } = Promise.withResolvers<void>();
    const read = async (): Promise<void> => {
      for await (const event of store.watch(pods, { namespace, labels, signal })) {
        // The first bookmark comes when everything that was there has been told.
        if (event.type === 'BOOKMARK') resolve();
        else if (event.type === 'DELETED') forget(event.object.metadata.uid ?? '');
        else learn(event.object);
      }
    };
    read().catch((error: unknown) => onError?.(error));
    signal.addEventListener('abort', () => resolve(), { once: true });
    return listed;
  }

  const start = (): Promise<unknown> => (started ??= Promise.all(namespaces.map(follow)));

  return {
    all: async () => {
      await start();
      return [...known.values()].filter((pod) => pod.metadata.deletionTimestamp === undefined);
    },
    find: async (uid) => {
      await start();
      return known.get(uid);
    },
    learn,
    forget,
  };
}
