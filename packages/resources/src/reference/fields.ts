import { z } from 'zod';
import type { Schema } from '../crd/structural.ts';
import { fieldExamples } from './field-examples.ts';

/** One field of a kind, as a reader of its documentation wants it. */
export interface Field {
  /** From the object, `[]` being each of a list and `.*` each of a map. */
  path: string;
  type: string;
  isRequired: boolean;
  /** In words, where it is no value. */
  defaultText?: string;
  description: string;
  example?: unknown;
}

/** The JSON schema of what a zod schema takes, whole: no references. */
export function jsonSchemaOf(schema: z.ZodType): Schema {
  return z.toJSONSchema(schema, { target: 'draft-7', io: 'input', reused: 'inline', unrepresentable: 'any' }) as Schema;
}

const defaultPattern = /(?:^|; |, )([^;]+) by default$/;

/** Descriptions end in `; X by default` where something holds when the field is absent. */
export function defaultTextOf({ description = '' }: Schema): string | undefined {
  return defaultPattern.exec(description)?.[1] ?? /(\S+), which is the default/.exec(description)?.[1];
}

function listed(values: readonly unknown[]): string {
  return values.map((each) => JSON.stringify(each)).join(', ');
}

function bounds({ minimum, maximum, maxLength }: Schema): string {
  const isBounded = (bound: unknown): bound is number => typeof bound === 'number' && Math.abs(bound) < 2 ** 31 - 1;
  const parts = [
    isBounded(minimum) ? `from ${minimum}` : '',
    isBounded(maximum) ? `to ${maximum}` : '',
    typeof maxLength === 'number' ? `at most ${maxLength} characters` : '',
  ].filter((each) => each !== '');
  return parts.length > 0 ? ` ${parts.join(' ')}` : '';
}

/** A type in words. */
export function typeOf(schema: Schema): string {
  if ('const' in schema) return listed([schema['const']]);
  if (schema.enum) return `one of ${listed(schema.enum)}`;
  if (schema.anyOf) return [...new Set(schema.anyOf.map(typeOf))].join(', or ');
  if (schema.type === 'array') return 'list';
  if (schema.type === 'object') return schema.properties ? 'object' : 'map';
  if (schema.type === 'string') return `text${bounds(schema)}`;
  return `${schema.type === undefined ? 'anything' : schema.type === 'boolean' ? 'true or false' : schema.type}${bounds(schema)}`;
}

/** The entry with the longest end of the path. */
function toldExample(path: string): unknown {
  const ends = path.split(/(?<=[.])/).map((_, index, parts) => parts.slice(index).join(''));
  const end = ends.find((each) => Object.hasOwn(fieldExamples, each));
  return end === undefined ? undefined : fieldExamples[end];
}

export function exampleOf(schema: Schema, path: string): unknown {
  const told = toldExample(path);
  if (told !== undefined) return told;
  if ('const' in schema) return schema['const'];
  if (schema.enum) return schema.enum.find((each) => each !== '') ?? schema.enum[0];
  if (schema.anyOf) return schema.anyOf.map((each) => exampleOf(each, path)).find((each) => each !== undefined);
  if (schema.type === 'boolean') return true;
  const fallback = Number(defaultTextOf(schema));
  if (schema.type === 'integer' || schema.type === 'number')
    return Number.isFinite(fallback) ? fallback : Math.max(1, Number(schema['minimum'] ?? 1));
  return undefined;
}

/** Every field below a schema, each before what it holds. */
export function fieldsOf(schema: Schema, path: string): Field[] {
  const required = (schema['required'] ?? []) as string[];
  const properties = Object.entries(schema.properties ?? {}).flatMap(([name, child]) => [
    fieldOf(child, `${path}.${name}`, required.includes(name)),
    ...fieldsOf(child, `${path}.${name}`),
  ]);
  const { items, additionalProperties: rest } = schema;
  const ofList = items ? leafOrBelow(items, `${path}[]`) : [];
  const ofMap = typeof rest === 'object' && Object.keys(rest).length > 0 ? leafOrBelow(rest, `${path}.*`) : [];
  return [...properties, ...ofList, ...ofMap];
}

function leafOrBelow(schema: Schema, path: string): Field[] {
  return schema.properties || schema.items ? fieldsOf(schema, path) : [fieldOf(schema, path, true), ...fieldsOf(schema, path)];
}

function fieldOf(schema: Schema, path: string, isRequired: boolean): Field {
  const isLeaf = !schema.properties && schema.type !== 'array' && schema.type !== 'object';
  return {
    path,
    type: typeOf(schema),
    isRequired,
    defaultText: defaultTextOf(schema),
    description: schema.description ?? '',
    example: isLeaf ? exampleOf(schema, path) : undefined,
  };
}
