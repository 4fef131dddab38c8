import { apiVersionOf, type KubeObject } from '@openfunction/resources';
import type { FieldCause } from '@openfunction/store';
import { ApiError } from './api-error.ts';
import type { ApiKind } from './api-kind.ts';
import { settled } from './core-objects.ts';
import { isJsonObject, type JsonObject } from './json.ts';
import { prunedObject } from './prune.ts';
import type { ResourcePath } from './request-path.ts';
import { unknownFields } from './unknown-fields.ts';
import type { FieldValidation } from './write-options.ts';

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
    throw new ApiError('BadRequest', `the name of the object (${name}) does not match the name on the URL (${path.name})`);
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
    throw new ApiError('BadRequest', 'the namespace of the provided object does not match the namespace sent on the request');
  }
  const { namespace: _ignored, ...rest } = given;
  return { ...body, apiVersion, kind: kind.kind, metadata: { ...rest, name, ...(kind.namespaced ? { namespace } : {}) } } as KubeObject;
}

function isName(name: string): boolean {
  return name.length <= 253 && /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(name);
}

/** The object of a request as it is to be stored, and what a person should know of it. */
export function received(path: ResourcePath, body: JsonObject, validation: FieldValidation): { object: KubeObject; warnings: string[] } {
  const object = typedObject(path, body);
  const warnings = checkFields(path.kind, object, validation);
  return { object: settled(path.kind, prunedObject({ ...object }, path.kind.schema) as unknown as KubeObject), warnings };
}

function checkFields(kind: ApiKind, object: KubeObject, mode: FieldValidation): string[] {
  if (kind.schema === undefined || mode === 'Ignore') return [];
  const found = unknownFields(object, kind.schema)
    .toSorted()
    .slice(0, 20)
    .map((field) => `unknown field "${field}"`);
  if (found.length > 0 && mode === 'Strict') {
    const subject = `${kind.kind} in version "${kind.version}" cannot be handled as a ${kind.kind}`;
    throw new ApiError('BadRequest', `${subject}: strict decoding error: ${found.join(', ')}`);
  }
  return found;
}

function invalid({ kind, name }: ResourcePath, causes: FieldCause[]): ApiError {
  const texts = causes.map((cause) => `${cause.field}: ${cause.message}`);
  const listed = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`;
  const message = `${kind.kind}${kind.group === '' ? '' : `.${kind.group}`} "${name ?? ''}" is invalid: ${listed}`;
  return new ApiError('Invalid', message, { causes, subject: { group: kind.group, kind: kind.kind, name } });
}
