import { keyOf, type Key, type KubeObject } from '@openfunction/resources';
import { StoreError, type Store } from '@openfunction/store';
import type { Workloads } from '@openfunction/workload';
import { ApiError } from './api-error.ts';
import type { ApiKind } from './api-kind.ts';
import { namespaceKind } from './core-kinds.ts';
import { parseBody, parseObject } from './http-body.ts';
import { isJsonObject, type JsonObject } from './json.ts';
import { checkBodyType } from './media-types.ts';
import { checkNamespace, emptyNamespace, lastingNamespaces, newNamespace } from './namespaces.ts';
import { jsonPatch, mergePatch } from './patch.ts';
import { podReader, type Reader } from './pods.ts';
import { received } from './received-object.ts';
import type { ResourcePath } from './request-path.ts';
import { scaled, scaleOf } from './scale.ts';
import { selectorOf } from './selector.ts';
import { strategicMerge } from './strategic-merge.ts';
import { requestOptions, type FieldValidation, type RequestOptions } from './write-options.ts';

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

export function numberOf(query: URLSearchParams, name: string): number {
  const text = query.get(name) ?? '';
  if (/^\d*$/.test(text)) return Number(text);
  throw new ApiError('BadRequest', `The parameter ${name} is "${text.slice(0, 80)}", which is no whole number.`);
}

async function list(context: ResourceContext, { path, query }: ResourceRequest): Promise<ResourceAnswer> {
  const selector = selectorOf(path.kind, query);
  const limit = numberOf(query, 'limit');
  numberOf(query, 'resourceVersion');
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
  const { path } = request;
  const options = requestOptions(request);
  const { object, warnings } = received(path, wholeObject(request), options.fieldValidation);
  await checkNamespace(context.store, path.kind, path.namespace);
  const whole = path.kind === namespaceKind ? newNamespace(object) : object;
  return { as: 'object', status: 201, object: await context.store.create(path.kind, whole, options), warnings };
}

async function replace(context: ResourceContext, request: ResourceRequest): Promise<ResourceAnswer> {
  const { path } = request;
  const options = requestOptions(request);
  const { object, warnings } = received(path, wholeObject(request), options.fieldValidation);
  await mustGet(context, path);
  if (path.kind.group !== '' && !object.metadata.resourceVersion) throw withoutVersion(path);
  return { as: 'object', status: 200, object: await write(context, path, object, options), warnings };
}

function wholeObject({ body, contentType }: ResourceRequest): JsonObject {
  checkBodyType(contentType);
  return parseObject(body, contentType);
}

/** As in a cluster: who replaces a whole object has to say which one it has seen. */
function withoutVersion({ kind, name = '' }: ResourcePath): ApiError {
  const cause = {
    field: 'metadata.resourceVersion',
    reason: 'FieldValueInvalid',
    message: 'Invalid value: 0: must be specified for an update',
  } as const;
  return new ApiError('Invalid', `${kind.kind}.${kind.group} "${name}" is invalid: ${cause.field}: ${cause.message}`, {
    causes: [cause],
    subject: { group: kind.group, kind: kind.kind, name },
  });
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

function unpatchable({ kind, name = '' }: ResourcePath, field: string, why: string): ApiError {
  const causes = [{ field, reason: 'FieldValueInvalid', message: why }] as const;
  return new ApiError('Invalid', `${kind.kind} "${name}" cannot be patched: ${field}: ${why}`, {
    causes: [...causes],
    subject: { group: kind.group, kind: kind.kind, name },
  });
}

/** A patch with unknown fields is well-formed, but leaves what is not. */
function patchedObject(path: ResourcePath, changed: JsonObject, validation: FieldValidation): ReturnType<typeof received> {
  const found = received(path, changed, validation === 'Strict' ? 'Warn' : validation);
  if (validation !== 'Strict' || found.warnings.length === 0) return found;
  throw unpatchable(path, 'patch', `strict decoding error: ${found.warnings.join(', ')}`);
}

/** A patch without a resourceVersion is meant for whatever is stored: it is computed anew when another write comes between. */
async function patchStored(
  context: ResourceContext,
  request: ResourceRequest,
  change: (old: KubeObject) => unknown,
): Promise<ResourceAnswer> {
  const options = requestOptions(request);
  for (let attempt = 1; ; attempt += 1) {
    const old = await mustGet(context, request.path);
    const changed = change(old);
    if (!isJsonObject(changed)) throw new ApiError('BadRequest', 'The patch leaves no object.');
    const { object, warnings } = patchedObject(request.path, changed, options.fieldValidation);
    if (object.metadata.uid !== old.metadata.uid) throw unpatchable(request.path, 'metadata.uid', 'field is immutable');
    try {
      return { as: 'object', status: 200, object: await write(context, request.path, object, options), warnings };
    } catch (error) {
      const isRace =
        error instanceof StoreError && error.code === 'Conflict' && object.metadata.resourceVersion === old.metadata.resourceVersion;
      if (!isRace || attempt === patchAttempts) throw error;
    }
  }
}

async function applyPatch(context: ResourceContext, request: ResourceRequest, body: unknown): Promise<ResourceAnswer> {
  const { path } = request;
  const options = requestOptions(request, true);
  if (!isJsonObject(body)) throw new ApiError('BadRequest', 'The body must be one object.');
  const { object, warnings } = received(path, body, options.fieldValidation);
  if (object.metadata.managedFields !== undefined) throw new ApiError('BadRequest', 'metadata.managedFields must be nil');
  const isNew = (await context.store.get(path.kind, keyFrom(path))) === undefined;
  if (isNew) await checkNamespace(context.store, path.kind, path.namespace);
  if (isNew && path.kind === namespaceKind && options.dryRun !== true)
    await context.store.create(path.kind, newNamespace({ ...object, metadata: { name: object.metadata.name } }));
  const subresource = path.subresource === 'status' ? ({ subresource: 'status' } as const) : {};
  const applied = await context.store.apply(path.kind, object, { ...options, ...subresource });
  return { as: 'object', status: isNew ? 201 : 200, object: applied, warnings };
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
  const answer = await patchStored(context, request, (old) => scaled(old, patched(scaleOf(old, paths), body, type), { paths, kind }));
  return answer.as === 'object' ? { as: 'status', status: 200, body: scaleOf(answer.object, paths) } : answer;
}

async function write(
  context: ResourceContext,
  { kind, subresource }: ResourcePath,
  object: KubeObject,
  options: RequestOptions,
): Promise<KubeObject> {
  if (subresource === 'status') return context.store.updateStatus(kind, object, options);
  return context.store.update(kind, object, subresource === 'scale' ? { ...options, through: subresource } : options);
}

async function remove(context: ResourceContext, request: ResourceRequest): Promise<ResourceAnswer> {
  const { path } = request;
  const { dryRun } = requestOptions(request);
  const old = await mustGet(context, path);
  const options = request.body.length === 0 ? {} : parseObject(request.body, request.contentType);
  const preconditions = isJsonObject(options['preconditions']) ? options['preconditions'] : {};
  const uid = typeof preconditions['uid'] === 'string' ? preconditions['uid'] : undefined;
  if (uid !== undefined && uid !== old.metadata.uid)
    throw new StoreError('Conflict', `The uid of ${path.kind.plural} "${path.name}" is not ${uid}: it was deleted and made anew.`);
  if (path.kind === namespaceKind && lastingNamespaces.includes(path.name ?? ''))
    throw new StoreError('Forbidden', `The namespace "${path.name}" is the platform's own and cannot be deleted.`);
  if (dryRun === true || Array.isArray(options['dryRun'])) return wouldRemove(path, old);
  await context.store.delete(path.kind, keyFrom(path), uid === undefined ? {} : { uid });
  if (path.kind === namespaceKind && !(await emptyNamespace(context, path.name ?? ''))) context.onWaiting();
  const left = await context.store.get(path.kind, keyFrom(path));
  if (left !== undefined && left.metadata.uid === old.metadata.uid) return { as: 'object', status: 200, object: left, warnings: [] };
  return removed(path, old);
}

/** What waits for a finalizer is shown, what goes at once is not. */
function wouldRemove(path: ResourcePath, old: KubeObject): ResourceAnswer {
  if ((old.metadata.finalizers ?? []).length === 0) return removed(path, old);
  return { as: 'object', status: 200, object: old, warnings: [] };
}

function removed(path: ResourcePath, old: KubeObject): ResourceAnswer {
  const { group } = path.kind;
  const details = { name: path.name, ...(group === '' ? {} : { group }), kind: path.kind.plural, uid: old.metadata.uid };
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
