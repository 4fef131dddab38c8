import { StoreError } from '@openfunction/store';
import type { KubeApi } from './api.ts';

/** The Secrets of a cluster, decoded. */
export interface SecretReader {
  /** `undefined` when there is none of the name. */
  get(namespace: string, name: string, signal?: AbortSignal): Promise<Record<string, string> | undefined>;
  /** All of a namespace, by their names. */
  list(namespace: string, signal?: AbortSignal): Promise<Record<string, Record<string, string>>>;
}

interface Secret {
  metadata?: { name?: string };
  data?: Record<string, string>;
}

/** Reads Secrets as they are now; nothing is kept. */
export function readSecrets(api: Pick<KubeApi, 'json'>): SecretReader {
  const at = (namespace: string): string => `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets`;
  const read = <R>(path: string, signal: AbortSignal | undefined): Promise<R> =>
    api.json<R>({ method: 'GET', path, ...(signal === undefined ? {} : { signal }) });
  return {
    get: async (namespace, name, signal) => {
      try {
        return valuesOf(await read<Secret>(`${at(namespace)}/${encodeURIComponent(name)}`, signal));
      } catch (error) {
        if (error instanceof StoreError && error.code === 'NotFound') return undefined;
        throw error;
      }
    },
    list: async (namespace, signal) => {
      const { items = [] } = await read<{ items?: Secret[] }>(at(namespace), signal);
      return Object.fromEntries(items.map((secret) => [secret.metadata?.name ?? '', valuesOf(secret)]));
    },
  };
}

function valuesOf({ data = {} }: Secret): Record<string, string> {
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]));
}
