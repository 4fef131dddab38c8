import type { KubeObject } from '@openfunction/resources';
import { StoreError } from '@openfunction/store';
import { ApiError } from './api-error.ts';
import { namespaceKind } from './core-kinds.ts';
import { parseBody } from './http-body.ts';
import { isJsonObject, type JsonObject } from './json.ts';
import { checkNamespace, newNamespace } from './namespaces.ts';
import { jsonPatch, mergePatch } from './patch.ts';
import { received } from './received-object.ts';
import type { ResourcePath } from './request-path.ts';
import { keyFrom, mustGet, writeAt, type ResourceAnswer, type ResourceContext, type ResourceRequest } from './resource-context.ts';
import { scaled, scaleOf } from './scale.ts';
import { strategicMerge } from './strategic-merge.ts';
import { requestOptions, type FieldValidation } from './write-options.ts';

const patchTypes = {
  'application/merge-patch+json': 'merge',
  'application/json-patch+json': 'json',
  'application/apply-patch+yaml': 'apply',
  'application/strategic-merge-patch+json': 'strategic',
} as const;

/** A PATCH of any type. */
export async function patch(context: ResourceContext, request: ResourceRequest): Promise<ResourceAnswer> {
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
      return { as: 'object', status: 200, object: await writeAt(context, request.path, object, options), warnings };
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
export async function answerScale(context: ResourceContext, request: ResourceRequest): Promise<ResourceAnswer> {
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
