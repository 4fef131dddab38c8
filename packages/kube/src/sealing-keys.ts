import type { Uid } from '@openfunction/resources';
import type { KubeApi } from './api.ts';
import { backoffMs } from './backoff.ts';
import type { Clock } from './clock.ts';
import type { Pod } from './instance-of-pod.ts';
import { sealingKeyIn } from './log-line.ts';
import { container } from './function-pod.ts';
import { pods } from './pod-cache.ts';
import { resourcePath } from './resource-path.ts';

export interface SealingKeysOptions {
  api: KubeApi;
  clock: Clock;
  signal: AbortSignal;
  onError?: (error: unknown) => void;
}

/** The keys that runners announce in the first line of their log. */
export interface SealingKeys {
  get(uid: Uid): string | undefined;
  /** Reads the key of a pod that runs, and calls back when it is there; repeated until then. */
  fetch(pod: Pod, found: () => void): void;
  forget(uid: Uid): void;
}

/** Read by way of the API server, since a key from the pod network could be anyone's. */
export function sealingKeys({ api, clock, signal, onError }: SealingKeysOptions): SealingKeys {
  const keys = new Map<Uid, string>();
  const fetching = new Set<Uid>();

  async function firstLine(pod: Pod): Promise<string | undefined> {
    const path = resourcePath(pods, { ...pod.metadata, subresource: 'log' });
    // Followed: a pod counts as running before its runner has written anything, on a busy node by many seconds.
    const query = { container, follow: 'true', limitBytes: '4096' };
    const within = AbortSignal.any([signal, AbortSignal.timeout(30_000)]);
    for await (const line of api.lines({ method: 'GET', path, query, signal: within })) return line;
    return undefined;
  }

  async function readKey(pod: Pod, uid: Uid): Promise<void> {
    for (let failures = 0; fetching.has(uid) && !signal.aborted; failures += 1) {
      const line = await firstLine(pod).catch((error: unknown) => {
        onError?.(error);
        return undefined;
      });
      const key = sealingKeyIn(line ?? '');
      if (key !== undefined && fetching.has(uid)) keys.set(uid, key);
      if (key !== undefined) return;
      await clock.sleep(backoffMs(failures, Math.random), signal);
    }
  }

  return {
    get: (uid) => keys.get(uid),
    fetch: (pod, found) => {
      const { uid = '' } = pod.metadata;
      if (keys.has(uid) || fetching.has(uid)) return;
      fetching.add(uid);
      void readKey(pod, uid).then(() => {
        fetching.delete(uid);
        if (keys.has(uid)) found();
      });
    },
    forget: (uid) => {
      fetching.delete(uid);
      keys.delete(uid);
    },
  };
}
