import { createHash } from 'node:crypto';
import { apiVersionOf } from '@openfunction/resources';
import type { ApiKind, JsonSchema } from './api-kind.ts';
import { groupVersionPath } from './discovery.ts';
import { metadataSchema } from './metadata-schema.ts';

/** `/openapi/v3` and what it points to, by path. */
export function openapiDocuments(kinds: readonly ApiKind[], version: string): Map<string, unknown> {
  const documents = new Map<string, unknown>();
  const paths: Record<string, { serverRelativeURL: string }> = {};
  for (const apiVersion of new Set(kinds.map(apiVersionOf))) {
    const served = kinds.filter((kind) => apiVersionOf(kind) === apiVersion);
    const base = groupVersionPath(served[0]?.group ?? '', apiVersion);
    const document = groupVersionDocument(served, base, version);
    const hash = createHash('sha256').update(JSON.stringify(document)).digest('hex').slice(0, 32);
    documents.set(`/openapi/v3${base}`, document);
    paths[base.slice(1)] = { serverRelativeURL: `/openapi/v3${base}?hash=${hash}` };
  }
  documents.set('/openapi/v3', { paths });
  return documents;
}

function groupVersionDocument(kinds: ApiKind[], base: string, version: string): unknown {
  const paths: Record<string, unknown> = {};
  const schemas: Record<string, unknown> = {};
  for (const kind of kinds) {
    const at = `${base}${kind.namespaced ? '/namespaces/{namespace}' : ''}/${kind.plural}`;
    paths[at] = { parameters: pathParameters(kind, false), ...operations(kind, { get: 'list', post: 'post' }) };
    paths[`${at}/{name}`] = {
      parameters: pathParameters(kind, true),
      ...operations(kind, { get: 'get', put: 'put', patch: 'patch', delete: 'delete' }),
    };
    schemas[schemaName(kind)] = schemaOf(kind);
  }
  return { openapi: '3.0.0', info: { title: 'OpenFunction', version }, paths, components: { schemas } };
}

function operations(kind: ApiKind, methods: Record<string, string>): Record<string, unknown> {
  const served = Object.entries(methods).filter(([method]) => kind.readOnly !== true || method === 'get');
  return Object.fromEntries(served.map(([method, action]) => [method, operation(kind, method, action)]));
}

// kubectl looks for the kind on the operation: on the schema alone it does not find it.
function operation(kind: ApiKind, method: string, action: string): unknown {
  const schema = { $ref: `#/components/schemas/${schemaName(kind)}` };
  return {
    operationId: `${action}${kind.kind}`,
    parameters: method === 'get' ? [] : writeParameters(method),
    responses: { 200: { description: 'OK', content: { 'application/json': { schema } } } },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': groupVersionKind(kind),
  };
}

function writeParameters(method: string): unknown[] {
  const text = ['dryRun', 'fieldManager', 'fieldValidation'].map((name) => ({ name, in: 'query', schema: { type: 'string' } }));
  return method === 'patch' ? [...text, { name: 'force', in: 'query', schema: { type: 'boolean' } }] : text;
}

function pathParameters(kind: ApiKind, named: boolean): unknown[] {
  const names = [...(kind.namespaced ? ['namespace'] : []), ...(named ? ['name'] : [])];
  return names.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } }));
}

function groupVersionKind(kind: ApiKind): unknown {
  return { group: kind.group, version: kind.version, kind: kind.kind };
}

function schemaName(kind: ApiKind): string {
  const group = kind.group === '' ? 'io.k8s.api.core' : kind.group.split('.').toReversed().join('.');
  return `${group}.${kind.version}.${kind.kind}`;
}

function schemaOf(kind: ApiKind): JsonSchema {
  const schema = kind.schema ?? { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const typed = { apiVersion: { type: 'string' }, kind: { type: 'string' }, metadata: metadataSchema };
  return { ...schema, properties: { ...schema.properties, ...typed }, 'x-kubernetes-group-version-kind': [groupVersionKind(kind)] };
}
