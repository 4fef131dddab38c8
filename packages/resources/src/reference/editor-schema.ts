import { apiVersionOf } from '../object.ts';
import type { Schema } from '../crd/structural.ts';
import type { DocumentedKind } from './documented-kinds.ts';
import { defaultTextOf, exampleOf, jsonSchemaOf } from './fields.ts';

/** The default as a value of the type; in words it stays in the description. */
function defaultOf(schema: Schema): unknown {
  const text = defaultTextOf(schema);
  if (text === undefined) return undefined;
  if (schema.enum) return schema.enum.find((each) => String(each) === text);
  if (schema.type === 'integer') return /^[0-9]+$/.test(text) ? Number(text) : undefined;
  return schema.type === 'string' && !text.includes(' ') ? text : undefined;
}

/** For people who type: a field that is not there is a mistake, and what holds by default is offered. */
function closed(schema: Schema, path: string): Schema {
  const { properties, items, additionalProperties, ...rest } = schema;
  const example = properties || items || schema.type === 'object' ? undefined : exampleOf(schema, path);
  const value = defaultOf(schema);
  return {
    ...rest,
    ...(value === undefined ? {} : { default: value }),
    ...(example === undefined ? {} : { examples: [example] }),
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, child]) => [name, closed(child, `${path}.${name}`)])),
      additionalProperties: additionalProperties ?? false,
    }),
    ...(!properties && additionalProperties !== undefined && { additionalProperties: closedRest(additionalProperties, `${path}.*`) }),
    ...(items && { items: closed(items, `${path}[]`) }),
  };
}

function closedRest(rest: Schema | boolean, path: string): Schema | boolean {
  return typeof rest === 'object' ? closed(rest, path) : rest;
}

const metadata: Schema = {
  type: 'object',
  description: 'Name, namespace, labels and annotations',
  required: ['name'],
  properties: {
    name: { type: 'string', description: 'Name of the object, one in its namespace', maxLength: 63 },
    namespace: { type: 'string', description: 'Namespace of the object', maxLength: 63 },
    labels: { type: 'object', description: 'Labels', additionalProperties: { type: 'string' } },
    annotations: { type: 'object', description: 'Annotations', additionalProperties: { type: 'string' } },
  },
};

/** A JSON schema of a kind for editors, which `yaml-language-server` takes. */
export function editorSchema({ kind, schema, about }: DocumentedKind): Schema {
  const { properties = {}, ...rest } = closed(jsonSchemaOf(schema), '');
  const named = { apiVersion: { const: apiVersionOf(kind) }, kind: { const: kind.kind } };
  return {
    ...rest,
    title: kind.kind,
    description: about,
    properties: { ...properties, ...named, metadata },
    required: ['apiVersion', 'kind', 'metadata', 'spec'],
  };
}

/** One for files with several kinds; objects that are not ours pass. */
export function anyKindSchema(kinds: readonly DocumentedKind[], fileOf: (kind: DocumentedKind) => string): Schema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'OpenFunction',
    type: 'object',
    allOf: kinds.map((each) => ({
      if: {
        properties: { apiVersion: { const: apiVersionOf(each.kind) }, kind: { const: each.kind.kind } },
        required: ['apiVersion', 'kind'],
      },
      // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
      then: { $ref: fileOf(each) },
    })),
  };
}
