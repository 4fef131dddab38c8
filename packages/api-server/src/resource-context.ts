import type { Key, KubeObject } from '@openfunction/resources';
import type { Store } from '@openfunction/store';
import type { Workloads } from '@openfunction/workload';
import { ApiError } from './api-error.ts';
import type { ApiKind } from './api-kind.ts';
import { podReader, type Reader } from './pods.ts';
import type { ResourcePath } from './request-path.ts';
import type { RequestOptions } from './write-options.ts';

export interface ResourceContext {
  store: Store;
  workloads?: Workloads;
  kinds: readonly ApiKind[];
  /** Called when a Namespace has to wait for what is left in it. */
  onWaiting: () => void;
}

export interface ResourceRequest {
  method: string;
  path: ResourcePath;
  query: URLSearchParams;
  contentType: string;
  /** Who writes without naming itself is known by it. */
  userAgent: string;
  body: Buffer;
}

/** `object` and `list` may be printed as a Table; `status` may not. */
export type ResourceAnswer =
  | { as: 'object'; status: number; object: KubeObject; warnings: string[] }
  | { as: 'list'; items: KubeObject[]; resourceVersion: string; continue?: string }
  | { as: 'status'; status: number; body: unknown };

export function readerOf(context: ResourceContext, kind: ApiKind): Reader {
  if (kind.readOnly === true && context.workloads !== undefined) return podReader(context.workloads);
  return {
    get: (key) => context.store.get(kind, key),
    list: (options) => context.store.list(kind, options),
    watch: (options) => context.store.watch(kind, options),
  };
}

export function keyFrom(path: ResourcePath): Key {
  return { namespace: path.namespace ?? '', name: path.name ?? '' };
}

function notFound({ kind, name }: ResourcePath): ApiError {
  const resource = kind.group === '' ? kind.plural : `${kind.plural}.${kind.group}`;
  return new ApiError('NotFound', `${resource} "${name}" not found`);
}

export async function mustGet(context: ResourceContext, path: ResourcePath): Promise<KubeObject> {
  const found = await readerOf(context, path.kind).get(keyFrom(path));
  if (found === undefined) throw notFound(path);
  return found;
}

/** Writes the part of an object that the path names. */
export async function writeAt(
  context: ResourceContext,
  { kind, subresource }: ResourcePath,
  object: KubeObject,
  options: RequestOptions,
): Promise<KubeObject> {
  if (subresource === 'status') return context.store.updateStatus(kind, object, options);
  return context.store.update(kind, object, subresource === 'scale' ? { ...options, through: subresource } : options);
}
