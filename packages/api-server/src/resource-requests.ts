import { keyOf, type KubeObject } from '@openfunction/resources';
import { StoreError } from '@openfunction/store';
import { ApiError } from './api-error.ts';
import { namespaceKind } from './core-kinds.ts';
import { parseObject } from './http-body.ts';
import { isJsonObject, type JsonObject } from './json.ts';
import { checkBodyType } from './media-types.ts';
import { checkNamespace, emptyNamespace, lastingNamespaces, newNamespace } from './namespaces.ts';
import { answerScale, patch } from './patch-requests.ts';
import { received } from './received-object.ts';
import type { ResourcePath } from './request-path.ts';
import {
  keyFrom,
  mustGet,
  readerOf,
  writeAt,
  type ResourceAnswer,
  type ResourceContext,
  type ResourceRequest,
} from './resource-context.ts';
import { selectorOf } from './selector.ts';
import { requestOptions } from './write-options.ts';

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
  return { as: 'object', status: 200, object: await writeAt(context, path, object, options), warnings };
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
