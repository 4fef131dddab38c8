import { isDeepStrictEqual } from 'node:util';
import { apiVersionOf, keyOf, type Key, type KubeObject, type ResourceKind } from '@openfunction/resources';
import {
  StoreError,
  type ApplyOptions,
  type ListOptions,
  type ObjectList,
  type Store,
  type WatchEvent,
  type WatchOptions,
  type WriteOptions,
} from '@openfunction/store';
import type { KubeApi } from './api.ts';
import { inform, type InformerOptions } from './informer.ts';
import { resourcePath } from './resource-path.ts';
import { errorFromStatus } from './status-error.ts';

export interface KubeStoreOptions extends Pick<InformerOptions, 'resyncMs' | 'inactivityMs' | 'clock' | 'random' | 'onError'> {
  api: KubeApi;
}

const pageSize = 500;
const updateAttempts = 5;

interface RawList<T> {
  items: T[];
  metadata: { resourceVersion: string; continue?: string };
}

type RawEvent<T> = { type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR'; object: T };

function selectorOf(labels: Record<string, string> | undefined): string | undefined {
  const pairs = Object.entries(labels ?? {}).map(([key, value]) => `${key}=${value}`);
  return pairs.length === 0 ? undefined : pairs.join(',');
}

function writeQuery({ fieldManager, dryRun }: WriteOptions): Record<string, string | undefined> {
  return { fieldManager, dryRun: dryRun === true ? 'All' : undefined };
}

/** Reads one line of a watch; throws on what is no event, since an unread change must not pass unnoticed. */
export function parseEvent<T extends KubeObject>(line: string): WatchEvent<T> {
  const event = JSON.parse(line) as RawEvent<T>;
  if (event.type === 'ERROR') throw errorFromStatus(event.object, 500);
  if (typeof event.object?.metadata !== 'object') throw new SyntaxError('a watch event without an object');
  if (event.type === 'BOOKMARK') return { type: 'BOOKMARK', resourceVersion: event.object.metadata.resourceVersion ?? '' };
  return { type: event.type, object: event.object };
}

/** Desired state in an API server. The user agent is the api's; apply uses server-side apply, forced. */
export function kubeStore(options: KubeStoreOptions): Store {
  const { api, ...informing } = options;

  function named(kind: ResourceKind, key: Key, subresource?: string): string {
    return resourcePath(kind, { ...key, subresource });
  }

  /** Items of a list come without their kind. */
  function typed<T extends KubeObject>(kind: ResourceKind<T>, object: T): T {
    return { ...object, apiVersion: apiVersionOf(kind), kind: kind.kind };
  }

  async function get<T extends KubeObject>(kind: ResourceKind<T>, key: Key): Promise<T | undefined> {
    try {
      return await api.json<T>({ method: 'GET', path: named(kind, key) });
    } catch (error) {
      if (error instanceof StoreError && error.code === 'NotFound') return undefined;
      throw error;
    }
  }

  async function list<T extends KubeObject>(kind: ResourceKind<T>, given: ListOptions, signal?: AbortSignal): Promise<ObjectList<T>> {
    const raw = await api.json<RawList<T>>({
      method: 'GET',
      path: resourcePath(kind, { namespace: given.namespace }),
      query: {
        labelSelector: selectorOf(given.labels),
        limit: given.limit === undefined ? undefined : String(given.limit),
        continue: given.continue,
      },
      signal,
    });
    return {
      items: raw.items.map((item) => typed(kind, item)),
      resourceVersion: raw.metadata.resourceVersion,
      continue: raw.metadata.continue || undefined,
    };
  }

  async function* changes<T extends KubeObject>(kind: ResourceKind<T>, given: WatchOptions): AsyncGenerator<WatchEvent<T>> {
    const query = {
      watch: '1',
      allowWatchBookmarks: 'true',
      labelSelector: selectorOf(given.labels),
      resourceVersion: given.resourceVersion,
    };
    for await (const line of api.lines({
      method: 'GET',
      path: resourcePath(kind, { namespace: given.namespace }),
      query,
      signal: given.signal,
    })) {
      if (line !== '') yield parseEvent<T>(line);
    }
  }

  /** An unguarded write is bound to what is read just before, and repeated when someone was faster. */
  async function put<T extends KubeObject>(
    kind: ResourceKind<T>,
    object: T,
    change: (old: T) => T | undefined,
    { subresource, ...write }: WriteOptions & { subresource?: string },
  ): Promise<T> {
    const key = keyOf(object);
    for (let attempt = 1; ; attempt += 1) {
      const old = await get(kind, key);
      if (old === undefined) throw new StoreError('NotFound', `${kind.plural} "${key.name}" not found`);
      const next = change(old);
      if (next === undefined) return old;
      const guarded = {
        ...next,
        metadata: { ...next.metadata, resourceVersion: object.metadata.resourceVersion ?? old.metadata.resourceVersion },
      };
      try {
        return await api.json<T>({ method: 'PUT', path: named(kind, key, subresource), query: writeQuery(write), body: guarded });
      } catch (error) {
        const retries = error instanceof StoreError && error.code === 'Conflict' && object.metadata.resourceVersion === undefined;
        if (!retries || attempt === updateAttempts) throw error;
      }
    }
  }

  return {
    get,
    list: (kind, given = {}) => list(kind, given),
    watch: <T extends KubeObject>(kind: ResourceKind<T>, given: WatchOptions): AsyncIterable<WatchEvent<T>> =>
      inform<T>(
        {
          list: (token, signal) =>
            list(kind, { namespace: given.namespace, labels: given.labels, limit: pageSize, continue: token }, signal),
          watch: (resourceVersion, signal) => changes(kind, { ...given, resourceVersion, signal }),
        },
        { ...informing, signal: given.signal, resourceVersion: given.resourceVersion },
      ),
    create: <T extends KubeObject>(kind: ResourceKind<T>, object: T, write: WriteOptions = {}): Promise<T> => {
      // As in every Store, status is not for the creator to say; an API server would ignore it anyway.
      const path = resourcePath(kind, { namespace: object.metadata.namespace });
      return api.json<T>({ method: 'POST', path, query: writeQuery(write), body: typed(kind, object) });
    },
    update: (kind, object, write = {}) => {
      if (object.metadata.resourceVersion !== undefined)
        return api.json({ method: 'PUT', path: named(kind, keyOf(object)), query: writeQuery(write), body: typed(kind, object) });
      return put(kind, object, () => typed(kind, object), write);
    },
    updateStatus: (kind, object, write = {}) => {
      // Who names a version has read the object, and the server refuses what is stale and ignores all but status.
      if (object.metadata.resourceVersion !== undefined) {
        const path = named(kind, keyOf(object), 'status');
        return api.json({ method: 'PUT', path, query: writeQuery(write), body: typed(kind, object) });
      }
      const changed = (old: typeof object): typeof object | undefined =>
        isDeepStrictEqual(old.status, plainStatus(object)) ? undefined : { ...old, status: object.status };
      return put(kind, object, changed, { ...write, subresource: 'status' });
    },
    apply: <T extends KubeObject>(kind: ResourceKind<T>, object: T, { force = true, subresource, ...write }: ApplyOptions): Promise<T> => {
      return api.json<T>({
        method: 'PATCH',
        path: named(kind, keyOf(object), subresource),
        query: { ...writeQuery(write), force: String(force) },
        body: applied(typed(kind, object), kind.hasStatus && subresource === undefined),
        contentType: 'application/apply-patch+yaml',
      });
    },
    delete: async (kind, key, guard = {}) => {
      const body = {
        apiVersion: 'v1',
        kind: 'DeleteOptions',
        propagationPolicy: 'Background',
        ...(guard.uid === undefined ? {} : { preconditions: { uid: guard.uid } }),
      };
      try {
        await api.json({ method: 'DELETE', path: named(kind, key), body });
      } catch (error) {
        if (!(error instanceof StoreError && error.code === 'NotFound')) throw error;
      }
    },
  };
}

/** What is declared: neither what the server sets nor, of a kind that has it apart, status. */
function applied(object: KubeObject, hasStatusApart: boolean): KubeObject {
  const { managedFields: _managed, creationTimestamp: _created, generation: _generation, ...metadata } = object.metadata;
  const { status, ...rest } = object;
  return { ...rest, metadata, ...(hasStatusApart || status === undefined ? {} : { status }) };
}

function plainStatus(object: KubeObject): unknown {
  return object.status === undefined ? undefined : JSON.parse(JSON.stringify(object.status));
}
