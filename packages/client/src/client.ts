import { apiVersionOf, keyOf, type Key, type KubeObject, type ResourceKind } from '@openfunction/resources/nouns';
import { ClientError } from './client-error.ts';
import { errorFromAnswer } from './status.ts';
import { createTransport, readLines, readText, type Call, type Connection } from './transport.ts';

export interface ListOptions {
  /** All namespaces when absent. */
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
  limit?: number;
  continue?: string;
  signal?: AbortSignal;
}

export interface TableOptions extends ListOptions {
  name?: string;
}

export interface Table {
  /** Those of a priority above 0 are for wide output. */
  columns: { name: string; priority: number }[];
  rows: { namespace: string; cells: unknown[] }[];
  /** Where a watch goes on. */
  resourceVersion: string;
}

export interface ListAnswer<T> {
  items: T[];
  resourceVersion: string;
  continue?: string;
}

export interface WatchOptions {
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
  /** Where to go on; absent: the present state arrives first, as ADDED. */
  resourceVersion?: string;
  signal: AbortSignal;
}

export type WatchEvent<T> = { type: 'ADDED' | 'MODIFIED' | 'DELETED'; object: T };

export interface WriteOptions {
  dryRun?: boolean;
  /** Who writes; needed by apply. */
  fieldManager?: string;
  signal?: AbortSignal;
}

export interface Client {
  get<T extends KubeObject>(kind: ResourceKind<T>, key: Key, options?: { signal?: AbortSignal }): Promise<T | undefined>;
  /** As `get`; throws `NotFound`, with a sentence, when there is none. */
  need<T extends KubeObject>(kind: ResourceKind<T>, key: Key, options?: { signal?: AbortSignal }): Promise<T>;
  list<T extends KubeObject>(kind: ResourceKind<T>, options?: ListOptions): Promise<ListAnswer<T>>;
  /** What `kubectl get` shows: the server's columns, of one object when `name` is given. */
  table(kind: ResourceKind, options?: TableOptions): Promise<Table>;
  /** Ends when the server ends it or the signal is aborted; too old a resourceVersion throws `Expired`. */
  watch<T extends KubeObject>(kind: ResourceKind<T>, options: WatchOptions): AsyncIterable<WatchEvent<T>>;
  /** As `watch`, with what is shown of each object that changes. */
  watchTable(kind: ResourceKind, options: WatchOptions): AsyncIterable<Table>;
  create<T extends KubeObject>(kind: ResourceKind<T>, object: T, options?: WriteOptions): Promise<T>;
  /** Server-side apply; `force` takes fields over from other managers. */
  apply<T extends KubeObject>(
    kind: ResourceKind<T>,
    object: T,
    options: WriteOptions & { fieldManager: string; force?: boolean },
  ): Promise<T>;
  mergePatch<T extends KubeObject>(kind: ResourceKind<T>, key: Key, patch: unknown, options?: WriteOptions): Promise<T>;
  /** False when there was nothing to delete. */
  delete(kind: ResourceKind, key: Key, options?: { uid?: string; signal?: AbortSignal }): Promise<boolean>;
  /** The lines of a Pod. */
  logs(
    pod: Key,
    options?: { container?: string; follow?: boolean; tailLines?: number; previous?: boolean; signal?: AbortSignal },
  ): AsyncIterable<string>;
  /** Any other path of the API, `/version` for example. */
  read(path: string, options?: { signal?: AbortSignal }): Promise<unknown>;
  close(): void;
}

/** The API of either ground: the embedded one, or a cluster's. Every failure is a {@link ClientError}, but for aborts. */
export function createClient(connection: Connection): Client {
  const transport = createTransport(connection);

  async function json<T>(call: Call): Promise<T> {
    const text = await readText(await transport.send(call));
    try {
      return JSON.parse(text) as T;
    } catch (cause) {
      throw new ClientError(
        'BadAnswer',
        `The API server answered ${call.method} ${call.path} with something that is not JSON. Is ${connection.server} an API server?`,
        { cause },
      );
    }
  }

  async function orNothing<T>(answer: Promise<T>): Promise<T | undefined> {
    try {
      return await answer;
    } catch (error) {
      if (error instanceof ClientError && error.code === 'NotFound') return undefined;
      throw error;
    }
  }

  async function* watchLines(kind: ResourceKind, options: WatchOptions, accept?: string): AsyncGenerator<string> {
    const { signal, namespace, ...selection } = options;
    const path = collectionPath(kind, namespace) + queryText({ ...selection, watch: true });
    try {
      for await (const line of readLines(await transport.send({ method: 'GET', path, accept, signal }))) if (line !== '') yield line;
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  return {
    get: <T extends KubeObject>(kind: ResourceKind<T>, key: Key, options: { signal?: AbortSignal } = {}) =>
      orNothing(json<T>({ method: 'GET', path: pathOf(kind, key), signal: options.signal })),
    need: async <T extends KubeObject>(kind: ResourceKind<T>, key: Key, options: { signal?: AbortSignal } = {}) => {
      const found = await orNothing(json<T>({ method: 'GET', path: pathOf(kind, key), signal: options.signal }));
      if (found !== undefined) return found;
      const where = kind.namespaced ? ` in the namespace "${key.namespace}"` : '';
      throw new ClientError('NotFound', `There is no ${kind.kind} "${key.name}"${where}.`, {
        status: 404,
      });
    },
    table: async (kind, options = {}) => {
      const { signal, namespace, name, ...selection } = options;
      const path =
        name === undefined
          ? collectionPath(kind, namespace) + queryText({ ...selection })
          : pathOf(kind, { namespace: namespace ?? '', name });
      const raw = await json<RawTable>({ method: 'GET', path, accept: tableType, signal });
      return tableOf(raw);
    },
    list: async <T extends KubeObject>(kind: ResourceKind<T>, options: ListOptions = {}) => {
      const { signal, namespace, ...selection } = options;
      const list = await json<RawList<T>>({ method: 'GET', path: collectionPath(kind, namespace) + queryText({ ...selection }), signal });
      // Items of a list do not carry their type.
      const items = (list.items ?? []).map((item) => ({ ...item, apiVersion: apiVersionOf(kind), kind: kind.kind }));
      return {
        items,
        resourceVersion: list.metadata?.resourceVersion ?? '',
        ...(list.metadata?.continue ? { continue: list.metadata.continue } : {}),
      };
    },
    watch: async function* <T extends KubeObject>(kind: ResourceKind<T>, options: WatchOptions) {
      for await (const line of watchLines(kind, options)) yield watchEvent<T>(line);
    },
    watchTable: async function* (kind, options) {
      for await (const line of watchLines(kind, options, tableType)) yield tableOf(watchEvent<RawTable>(line).object);
    },
    create: <T extends KubeObject>(kind: ResourceKind<T>, object: T, options: WriteOptions = {}) =>
      json<T>({
        method: 'POST',
        path: collectionPath(kind, object.metadata.namespace) + writeQuery(options),
        body: object,
        signal: options.signal,
      }),
    apply: <T extends KubeObject>(kind: ResourceKind<T>, object: T, options: WriteOptions & { force?: boolean }) =>
      json<T>({
        method: 'PATCH',
        path: pathOf(kind, keyOf(object)) + writeQuery(options),
        body: object,
        contentType: 'application/apply-patch+yaml',
        signal: options.signal,
      }),
    mergePatch: <T extends KubeObject>(kind: ResourceKind<T>, key: Key, patch: unknown, options: WriteOptions = {}) =>
      json<T>({
        method: 'PATCH',
        path: pathOf(kind, key) + writeQuery(options),
        body: patch,
        contentType: 'application/merge-patch+json',
        signal: options.signal,
      }),
    delete: async (kind, key, options = {}) => {
      const body = {
        kind: 'DeleteOptions',
        apiVersion: 'v1',
        propagationPolicy: 'Background',
        ...(options.uid === undefined ? {} : { preconditions: { uid: options.uid } }),
      };
      return (await orNothing(json<unknown>({ method: 'DELETE', path: pathOf(kind, key), body, signal: options.signal }))) !== undefined;
    },
    logs: async function* (pod, options = {}) {
      const { signal, ...selection } = options;
      const path = `/api/v1/namespaces/${encodeURIComponent(pod.namespace)}/pods/${encodeURIComponent(pod.name)}/log${queryText(selection)}`;
      try {
        yield* readLines(await transport.send({ method: 'GET', path, signal }));
      } catch (error) {
        if (signal?.aborted !== true) throw error;
      }
    },
    read: (path, options = {}) => json({ method: 'GET', path, signal: options.signal }),
    close: () => transport.close(),
  };
}

const tableType = 'application/json;as=Table;v=v1;g=meta.k8s.io';

interface RawTable {
  metadata?: { resourceVersion?: string };
  columnDefinitions?: { name: string; priority?: number }[] | null;
  rows?: { cells: unknown[]; object?: { metadata?: { namespace?: string } } }[] | null;
}

/** Go writes an empty list as null: the columns come with the first rows of a watch alone. */
function tableOf({ columnDefinitions, rows, metadata }: RawTable): Table {
  return {
    columns: (columnDefinitions ?? []).map(({ name, priority = 0 }) => ({ name, priority })),
    rows: (rows ?? []).map(({ cells, object }) => ({ namespace: object?.metadata?.namespace ?? '', cells })),
    resourceVersion: metadata?.resourceVersion ?? '',
  };
}

interface RawList<T> {
  items?: T[];
  metadata?: { resourceVersion?: string; continue?: string };
}

function watchEvent<T>(line: string): WatchEvent<T> {
  const event = JSON.parse(line) as { type: string; object: T & { code?: number } };
  if (event.type === 'ERROR') throw errorFromAnswer(event.object.code ?? 500, JSON.stringify(event.object));
  return event as WatchEvent<T>;
}

function collectionPath(kind: ResourceKind, namespace: string | undefined): string {
  const root = kind.group === '' ? '/api' : '/apis';
  const inside = kind.namespaced && namespace !== undefined && namespace !== '' ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${root}/${apiVersionOf(kind)}${inside}/${kind.plural}`;
}

function pathOf(kind: ResourceKind, key: Key): string {
  return `${collectionPath(kind, key.namespace)}/${encodeURIComponent(key.name)}`;
}

function writeQuery(options: WriteOptions & { force?: boolean }): string {
  return queryText({
    fieldManager: options.fieldManager,
    force: options.force,
    dryRun: options.dryRun === true ? 'All' : undefined,
    fieldValidation: 'Strict',
  });
}

function queryText(values: Record<string, string | number | boolean | undefined>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) if (value !== undefined) query.set(name, String(value));
  return query.size === 0 ? '' : `?${query.toString()}`;
}
