import { keyOf, type Key, type KubeObject } from '@openfunction/resources';
import { applyConflicts, StoreError, type FieldCause, type Store } from '@openfunction/store';
import type { Workloads } from '@openfunction/workload';
import { ApiError } from './api-error.ts';
import type { ApiKind } from './api-kind.ts';
import { namespaceKind } from './core-kinds.ts';
import { parseBody, parseObject } from './http-body.ts';
import { isJsonObject } from './json.ts';
import { checkNamespace, emptyNamespace, lastingNamespaces, newNamespace } from './namespaces.ts';
import { jsonPatch, mergePatch } from './patch.ts';
import { podReader, type Reader } from './pods.ts';
import { admitted, received } from './received-object.ts';
import type { ResourcePath } from './request-path.ts';
import { scaled, scaleOf } from './scale.ts';
import { parseSelector } from './selector.ts';
import { strategicMerge } from './strategic-merge.ts';

export type Operation = 'CREATE' | 'UPDATE' | 'DELETE';

/** Says what is wrong with an object that is about to be written; an empty list lets it pass. */
export type Admit = (kind: ApiKind, object: KubeObject, old: KubeObject | undefined, operation: Operation) => FieldCause[];

export interface ResourceContext {
  store: Store;
  workloads?: Workloads;
  kinds: readonly ApiKind[];
  admit: Admit;
  now: () => number;
  /** Called when a Namespace has to wait for what is left in it. */
  onWaiting: () => void;
}

export interface ResourceRequest {
  method: string;
  path: ResourcePath;
  query: URLSearchParams;
  contentType: string;
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

/** Everything but watch and log. */
export async function answerResource(context: ResourceContext, request: ResourceRequest): Promise<ResourceAnswer> {
  const { method, path } = request;
  checkSubresource(path);
  if (path.subresource === 'scale') return answerScale(context, request);
  if (method === 'GET') return path.name === undefined ? list(context, request) : get(context, path);
  if (path.kind.readOnly === true) throw new ApiError('MethodNotAllowed', `${path.kind.plural} are read-only here.`);
  if (method === 'POST' && path.name === undefined) return create(context, request);
  if (method === 'PUT' && path.name !== undefined) return replace(context, request);
  if (method === 'PATCH' && path.name !== undefined) return patch(context, request);
  if (method === 'DELETE') return path.name === undefined ? deleteCollection(context, request) : remove(context, request);
  throw new ApiError('MethodNotAllowed', `${method} is not possible on ${path.kind.plural}.`);
}

function checkSubresource({ kind, subresource }: ResourcePath): void {
  if (subresource === undefined || (subresource === 'status' && kind.hasStatus) || (subresource === 'scale' && kind.scale !== undefined))
    return;
  throw new ApiError('NotFound', `${kind.plural} have no subresource "${subresource}".`);
}

function keyFrom(path: ResourcePath): Key {
  return { namespace: path.namespace ?? '', name: path.name ?? '' };
}

function notFound({ kind, name }: ResourcePath): ApiError {
  const resource = kind.group === '' ? kind.plural : `${kind.plural}.${kind.group}`;
  return new ApiError('NotFound', `${resource} "${name}" not found`);
}

async function mustGet(context: ResourceContext, path: ResourcePath): Promise<KubeObject> {
  const found = await readerOf(context, path.kind).get(keyFrom(path));
  if (found === undefined) throw notFound(path);
  return found;
}

async function get(context: ResourceContext, path: ResourcePath): Promise<ResourceAnswer> {
  return { as: 'object', status: 200, object: await mustGet(context, path), warnings: [] };
}

async function list(context: ResourceContext, { path, query }: ResourceRequest): Promise<ResourceAnswer> {
  const selector = parseSelector(query.get('labelSelector') ?? '', query.get('fieldSelector') ?? '');
  const limit = Number(query.get('limit') ?? 0);
  const page = await readerOf(context, path.kind).list({
    ...(path.namespace === undefined ? {} : { namespace: path.namespace }),
    labels: selector.labels,
    ...(Number.isInteger(limit) && limit > 0 ? { limit } : {}),
    ...(query.get('continue') ? { continue: query.get('continue') ?? '' } : {}),
  });
  return {
    as: 'list',
    items: page.items.filter((item) => selector.matches(item)),
    resourceVersion: page.resourceVersion,
    continue: page.continue,
  };
}

async function create(context: ResourceContext, request: ResourceRequest): Promise<ResourceAnswer> {
  const { path, query } = request;
  const { object, warnings } = received(request, parseObject(request.body, request.contentType));
  await checkNamespace(context.store, path.kind, path.namespace);
  admitted(context, path, object, undefined, 'CREATE');
  if (isDryRun(query)) {
    if (await context.store.get(path.kind, keyOf(object)))
      throw new StoreError('AlreadyExists', `${path.kind.plural} "${object.metadata.name}" already exists`);
    return { as: 'object', status: 201, object: withDryMetadata(context, object), warnings };
  }
  const whole = path.kind === namespaceKind ? newNamespace(object) : object;
  return { as: 'object', status: 201, object: await context.store.create(path.kind, whole), warnings };
}

async function replace(context: ResourceContext, request: ResourceRequest): Promise<ResourceAnswer> {
  const { object, warnings } = received(request, parseObject(request.body, request.contentType));
  const old = await mustGet(context, request.path);
  return { as: 'object', status: 200, object: await write(context, request, object, old), warnings };
}

const patchTypes = {
  'application/merge-patch+json': 'merge',
  'application/json-patch+json': 'json',
  'application/apply-patch+yaml': 'apply',
  'application/strategic-merge-patch+json': 'strategic',
} as const;

async function patch(context: ResourceContext, request: ResourceRequest): Promise<ResourceAnswer> {
  const body = parseBody(request.body, request.contentType);
  const type = patchType(request);
  if (type === 'apply') return applyPatch(context, request, body);
  return patchStored(context, request, (old) => patched(old, body, type));
}

type PatchType = (typeof patchTypes)[keyof typeof patchTypes];

function patchType({ contentType, path }: ResourceRequest): PatchType {
  const type = patchTypes[(contentType.split(';')[0] ?? '').trim() as keyof typeof patchTypes] as PatchType | undefined;
  // kubectl knows the core kinds and so sends them strategic merge patches, whatever the server says it takes.
  if (type !== undefined && (type !== 'strategic' || path.kind.group === '')) return type;
  throw new ApiError(
    'UnsupportedMediaType',
    'Send a merge patch, a JSON patch or an apply patch: strategic merge patches are for the core kinds only.',
  );
}

function patched(old: unknown, body: unknown, type: PatchType): unknown {
  if (type === 'json') return jsonPatch(old, body);
  return type === 'strategic' ? strategicMerge(old, body) : mergePatch(old, body);
}

const patchAttempts = 5;

/** A patch without a resourceVersion is meant for whatever is stored: it is computed anew when another write comes between. */
async function patchStored(
  context: ResourceContext,
  request: ResourceRequest,
  change: (old: KubeObject) => unknown,
): Promise<ResourceAnswer> {
  for (let attempt = 1; ; attempt += 1) {
    const old = await mustGet(context, request.path);
    const changed = change(old);
    if (!isJsonObject(changed)) throw new ApiError('BadRequest', 'The patch leaves no object.');
    const { object, warnings } = received(request, changed);
    try {
      return { as: 'object', status: 200, object: await write(context, request, object, old), warnings };
    } catch (error) {
      const isRace =
        error instanceof StoreError && error.code === 'Conflict' && object.metadata.resourceVersion === old.metadata.resourceVersion;
      if (!isRace || attempt === patchAttempts) throw error;
    }
  }
}

async function applyPatch(context: ResourceContext, request: ResourceRequest, body: unknown): Promise<ResourceAnswer> {
  const { path, query } = request;
  const fieldManager = query.get('fieldManager') ?? '';
  if (fieldManager === '') throw new ApiError('BadRequest', 'An apply patch needs the parameter fieldManager.');
  if (!isJsonObject(body)) throw new ApiError('BadRequest', 'The body must be one object.');
  const { object, warnings } = received(request, body);
  const old = await context.store.get(path.kind, keyFrom(path));
  if (old === undefined) await checkNamespace(context.store, path.kind, path.namespace);
  else if (query.get('force') !== 'true') refuseConflicts(path, old, object, fieldManager);
  // What will be stored is known only after the merge of ownership; the plain merge is what admission can judge before.
  const merged = (old === undefined ? object : mergePatch(old, object)) as KubeObject;
  admitted(context, path, merged, old, old === undefined ? 'CREATE' : 'UPDATE');
  const status = old === undefined ? 201 : 200;
  if (isDryRun(query)) return { as: 'object', status, object: old === undefined ? withDryMetadata(context, merged) : merged, warnings };
  if (path.subresource === 'status') return { as: 'object', status, object: await context.store.updateStatus(path.kind, merged), warnings };
  return { as: 'object', status, object: await context.store.apply(path.kind, object, { fieldManager }), warnings };
}

function refuseConflicts({ kind, name = '' }: ResourcePath, old: KubeObject, object: KubeObject, fieldManager: string): void {
  const conflicts = applyConflicts(old, object, fieldManager);
  if (conflicts.length === 0) return;
  const listed = conflicts.map(({ manager, field }) => `conflict with "${manager}": ${field}`).join('; ');
  const message = `Apply failed with ${conflicts.length} conflict${conflicts.length === 1 ? '' : 's'}: ${listed}`;
  throw new ApiError('Conflict', message, { subject: { group: kind.group, kind: kind.plural, name } });
}

/** `/scale`, which kubectl reads, replaces or merges into. */
async function answerScale(context: ResourceContext, request: ResourceRequest): Promise<ResourceAnswer> {
  const { method, path } = request;
  const { kind } = path;
  const paths = kind.scale;
  if (paths === undefined || path.name === undefined) throw new ApiError('NotFound', `${kind.plural} have no subresource "scale".`);
  if (method === 'GET') return { as: 'status', status: 200, body: scaleOf(await mustGet(context, path), paths) };
  const type = method === 'PUT' ? 'merge' : method === 'PATCH' ? patchType(request) : undefined;
  if (type === undefined || type === 'apply')
    throw new ApiError('MethodNotAllowed', `${method} is not possible on the scale of ${kind.plural}.`);
  const body = parseBody(request.body, request.contentType);
  const whole = { ...request, path: { ...path, subresource: undefined } };
  const answer = await patchStored(context, whole, (old) => scaled(old, patched(scaleOf(old, paths), body, type), { paths, kind }));
  return answer.as === 'object' ? { as: 'status', status: 200, body: scaleOf(answer.object, paths) } : answer;
}

async function write(context: ResourceContext, { path, query }: ResourceRequest, object: KubeObject, old: KubeObject): Promise<KubeObject> {
  const isStatus = path.subresource === 'status';
  if (!isStatus) admitted(context, path, object, old, 'UPDATE');
  if (isDryRun(query))
    return isStatus ? { ...old, status: object.status } : { ...object, ...(old.status === undefined ? {} : { status: old.status }) };
  return isStatus ? context.store.updateStatus(path.kind, object) : context.store.update(path.kind, object);
}

async function remove(context: ResourceContext, request: ResourceRequest): Promise<ResourceAnswer> {
  const { path, query } = request;
  const old = await mustGet(context, path);
  const options = request.body.length === 0 ? {} : parseObject(request.body, request.contentType);
  const preconditions = isJsonObject(options['preconditions']) ? options['preconditions'] : {};
  const uid = typeof preconditions['uid'] === 'string' ? preconditions['uid'] : undefined;
  if (uid !== undefined && uid !== old.metadata.uid)
    throw new StoreError('Conflict', `The uid of ${path.kind.plural} "${path.name}" is not ${uid}: it was deleted and made anew.`);
  if (path.kind === namespaceKind && lastingNamespaces.includes(path.name ?? ''))
    throw new StoreError('Forbidden', `The namespace "${path.name}" is the platform's own and cannot be deleted.`);
  admitted(context, path, old, old, 'DELETE');
  if (isDryRun(query) || Array.isArray(options['dryRun'])) return { as: 'object', status: 200, object: old, warnings: [] };
  await context.store.delete(path.kind, keyFrom(path), uid === undefined ? {} : { uid });
  if (path.kind === namespaceKind && !(await emptyNamespace(context, path.name ?? ''))) context.onWaiting();
  const left = await context.store.get(path.kind, keyFrom(path));
  if (left !== undefined && left.metadata.uid === old.metadata.uid) return { as: 'object', status: 200, object: left, warnings: [] };
  const details = { name: path.name, group: path.kind.group, kind: path.kind.plural, uid: old.metadata.uid };
  return { as: 'status', status: 200, body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details } };
}

async function deleteCollection(context: ResourceContext, request: ResourceRequest): Promise<ResourceAnswer> {
  const listed = await list(context, request);
  const items = listed.as === 'list' ? listed.items : [];
  for (const item of items) {
    const key = keyOf(item);
    await remove(context, { ...request, path: { ...request.path, namespace: key.namespace, name: key.name } });
  }
  return listed;
}

function isDryRun(query: URLSearchParams): boolean {
  return query.get('dryRun') === 'All';
}

function withDryMetadata(context: ResourceContext, object: KubeObject): KubeObject {
  const creationTimestamp = new Date(context.now()).toISOString().replace(/\.\d+Z$/, 'Z');
  return { ...object, metadata: { ...object.metadata, uid: crypto.randomUUID(), generation: 1, creationTimestamp } };
}
