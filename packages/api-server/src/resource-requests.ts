import { apiVersionOf, keyOf, type Key, type KubeObject } from '@openfunction/resources';
import { StoreError, type FieldCause, type Store } from '@openfunction/store';
import type { Workloads } from '@openfunction/workload';
import { ApiError } from './api-error.ts';
import type { ApiKind } from './api-kind.ts';
import { namespaceKind } from './core-kinds.ts';
import { parseBody, parseObject } from './http-body.ts';
import { isJsonObject, type JsonObject } from './json.ts';
import { isPlainMerge, jsonPatch, mergePatch } from './patch.ts';
import { podReader, type Reader } from './pods.ts';
import type { ResourcePath } from './request-path.ts';
import { parseSelector } from './selector.ts';
import { unknownFields } from './unknown-fields.ts';

export type Operation = 'CREATE' | 'UPDATE' | 'DELETE';

/** Says what is wrong with an object that is about to be written; an empty list lets it pass. */
export type Admit = (kind: ApiKind, object: KubeObject, old: KubeObject | undefined, operation: Operation) => FieldCause[];

export interface ResourceContext {
  store: Store;
  workloads?: Workloads;
  kinds: readonly ApiKind[];
  admit: Admit;
  now: () => number;
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
  if (method === 'GET') return path.name === undefined ? list(context, request) : get(context, path);
  if (path.kind.readOnly === true) throw new ApiError('MethodNotAllowed', `${path.kind.plural} are read-only here.`);
  if (method === 'POST' && path.name === undefined) return create(context, request);
  if (method === 'PUT' && path.name !== undefined) return replace(context, request);
  if (method === 'PATCH' && path.name !== undefined) return patch(context, request);
  if (method === 'DELETE') return path.name === undefined ? deleteCollection(context, request) : remove(context, request);
  throw new ApiError('MethodNotAllowed', `${method} is not possible on ${path.kind.plural}.`);
}

function checkSubresource({ kind, subresource }: ResourcePath): void {
  if (subresource === undefined || (subresource === 'status' && kind.hasStatus)) return;
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
  const object = typedObject(path, parseObject(request.body, request.contentType));
  const warnings = checkFields(path.kind, object, query);
  await checkNamespace(context, path);
  admitted(context, path, object, undefined, 'CREATE');
  if (isDryRun(query)) {
    if (await context.store.get(path.kind, keyOf(object)))
      throw new StoreError('AlreadyExists', `${path.kind.plural} "${object.metadata.name}" already exists`);
    return { as: 'object', status: 201, object: withDryMetadata(context, object), warnings };
  }
  return { as: 'object', status: 201, object: await context.store.create(path.kind, object), warnings };
}

async function replace(context: ResourceContext, request: ResourceRequest): Promise<ResourceAnswer> {
  const { path } = request;
  const object = typedObject(path, parseObject(request.body, request.contentType));
  const old = await mustGet(context, path);
  const warnings = checkFields(path.kind, object, request.query);
  return { as: 'object', status: 200, object: await write(context, request, object, old), warnings };
}

const patchTypes = {
  'application/merge-patch+json': 'merge',
  'application/json-patch+json': 'json',
  'application/apply-patch+yaml': 'apply',
  'application/strategic-merge-patch+json': 'strategic',
} as const;

async function patch(context: ResourceContext, request: ResourceRequest): Promise<ResourceAnswer> {
  const type = patchTypes[(request.contentType.split(';')[0] ?? '').trim() as keyof typeof patchTypes];
  const body = parseBody(request.body, request.contentType);
  // kubectl knows the core kinds and so sends them strategic merge patches, whatever the server says it takes.
  const isMerge = type === 'merge' || (type === 'strategic' && request.path.kind.group === '' && isPlainMerge(body));
  if (type === 'apply') return applyPatch(context, request, body);
  if (!isMerge && type !== 'json') {
    throw new ApiError(
      'UnsupportedMediaType',
      'Send a merge patch, a JSON patch or an apply patch: strategic merge patches are not supported for this object.',
    );
  }
  return patchStored(context, request, (old) => (isMerge ? mergePatch(old, body) : jsonPatch(old, body)));
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
    const object = typedObject(request.path, changed);
    const warnings = checkFields(request.path.kind, object, request.query);
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
  const object = typedObject(path, body);
  const warnings = checkFields(path.kind, object, query);
  const old = await context.store.get(path.kind, keyFrom(path));
  if (old === undefined) await checkNamespace(context, path);
  // What will be stored is known only after the merge of ownership; the plain merge is what admission can judge before.
  const merged = (old === undefined ? object : mergePatch(old, object)) as KubeObject;
  admitted(context, path, merged, old, old === undefined ? 'CREATE' : 'UPDATE');
  const status = old === undefined ? 201 : 200;
  if (isDryRun(query)) return { as: 'object', status, object: old === undefined ? withDryMetadata(context, merged) : merged, warnings };
  if (path.subresource === 'status') return { as: 'object', status, object: await context.store.updateStatus(path.kind, merged), warnings };
  return { as: 'object', status, object: await context.store.apply(path.kind, object, { fieldManager }), warnings };
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
  admitted(context, path, old, old, 'DELETE');
  if (isDryRun(query) || Array.isArray(options['dryRun'])) return { as: 'object', status: 200, object: old, warnings: [] };
  if (path.kind === namespaceKind) await emptyNamespace(context, path.name ?? '');
  await context.store.delete(path.kind, keyFrom(path), uid === undefined ? {} : { uid });
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

async function emptyNamespace(context: ResourceContext, namespace: string): Promise<void> {
  for (const kind of context.kinds) {
    if (!kind.namespaced || kind.readOnly === true) continue;
    const { items } = await context.store.list(kind, { namespace });
    for (const item of items) await context.store.delete(kind, keyOf(item));
  }
}

async function checkNamespace(context: ResourceContext, { kind, namespace }: ResourcePath): Promise<void> {
  if (!kind.namespaced) return;
  if (namespace === undefined) throw new ApiError('BadRequest', 'The path must name a namespace.');
  const found = await context.store.get(namespaceKind, { namespace: '', name: namespace });
  if (found === undefined)
    throw new ApiError('NotFound', `namespaces "${namespace}" not found`, { subject: { kind: 'namespaces', name: namespace } });
}

/** Fills in what the path already says, and refuses what contradicts it. */
function typedObject(path: ResourcePath, body: JsonObject): KubeObject {
  const { kind } = path;
  const apiVersion = body['apiVersion'] ?? apiVersionOf(kind);
  const bodyKind = body['kind'] ?? kind.kind;
  if (apiVersion !== apiVersionOf(kind) || bodyKind !== kind.kind) {
    throw new ApiError(
      'BadRequest',
      `The body is a ${JSON.stringify(apiVersion)} ${JSON.stringify(bodyKind)}, but the path is of ${apiVersionOf(kind)} ${kind.kind}.`,
    );
  }
  const given = isJsonObject(body['metadata']) ? body['metadata'] : {};
  const prefix = given['generateName'];
  const generated = typeof prefix === 'string' && prefix !== '' ? `${prefix}${crypto.randomUUID().slice(0, 5)}` : undefined;
  const name = given['name'] ?? path.name ?? generated;
  if (typeof name !== 'string' || name === '')
    throw invalid(path, [
      { field: 'metadata.name', reason: 'FieldValueRequired', message: 'Required value: name or generateName is required' },
    ]);
  if (path.name !== undefined && name !== path.name)
    throw new ApiError('BadRequest', `The body names "${name}", but the path names "${path.name}".`);
  if (!isName(name))
    throw invalid({ ...path, name }, [
      {
        field: 'metadata.name',
        reason: 'FieldValueInvalid',
        message: `Invalid value: "${name.slice(0, 80)}": lower case letters, digits, "-" and ".", at most 253 of them`,
      },
    ]);
  const namespace = kind.namespaced ? (given['namespace'] ?? path.namespace) : undefined;
  if (kind.namespaced && path.namespace !== undefined && namespace !== path.namespace) {
    throw new ApiError(
      'BadRequest',
      `The namespace of the body (${JSON.stringify(namespace)}) does not match the one of the path (${path.namespace}).`,
    );
  }
  const { namespace: _ignored, ...rest } = given;
  return { ...body, apiVersion, kind: kind.kind, metadata: { ...rest, name, ...(kind.namespaced ? { namespace } : {}) } } as KubeObject;
}

function isName(name: string): boolean {
  return name.length <= 253 && /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(name);
}

function checkFields(kind: ApiKind, object: KubeObject, query: URLSearchParams): string[] {
  const mode = query.get('fieldValidation') ?? 'Warn';
  if (kind.schema === undefined || mode === 'Ignore') return [];
  const found = unknownFields(object, kind.schema)
    .slice(0, 20)
    .map((field) => `unknown field "${field}"`);
  if (found.length > 0 && mode === 'Strict') throw new ApiError('BadRequest', `strict decoding error: ${found.join(', ')}`);
  return found;
}

function admitted(
  context: ResourceContext,
  path: ResourcePath,
  object: KubeObject,
  old: KubeObject | undefined,
  operation: Operation,
): void {
  const causes = context.admit(path.kind, object, old, operation);
  if (causes.length > 0) throw invalid({ ...path, name: object.metadata.name }, causes);
}

function invalid({ kind, name }: ResourcePath, causes: FieldCause[]): ApiError {
  const listed = causes.map((cause) => `${cause.field}: ${cause.message}`).join(', ');
  const message = `${kind.kind}${kind.group === '' ? '' : `.${kind.group}`} "${name ?? ''}" is invalid: ${listed}`;
  return new ApiError('Invalid', message, { causes, subject: { group: kind.group, kind: kind.kind, name } });
}

function isDryRun(query: URLSearchParams): boolean {
  return query.get('dryRun') === 'All';
}

function withDryMetadata(context: ResourceContext, object: KubeObject): KubeObject {
  const creationTimestamp = new Date(context.now()).toISOString().replace(/\.\d+Z$/, 'Z');
  return { ...object, metadata: { ...object.metadata, uid: crypto.randomUUID(), generation: 1, creationTimestamp } };
}
