import { z } from 'zod';

/** A JSON schema, before or after the structural pass. */
export interface Schema {
  [key: string]: unknown;
  type?: string;
  description?: string;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  items?: Schema;
  anyOf?: Schema[];
  enum?: unknown[];
}

const kept: readonly string[] = [
  'type',
  'description',
  'nullable',
  'enum',
  'default',
  'required',
  'pattern',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
];
const anything = 'x-kubernetes-preserve-unknown-fields';

function isEmpty(schema: Schema): boolean {
  return Object.keys(schema).every((key) => key === 'description');
}

function common(schema: Schema): Schema {
  const entries = Object.entries(schema).filter(([key]) => kept.includes(key) || key.startsWith('x-kubernetes-'));
  // The API server's RE2 has no look-around.
  return Object.fromEntries(entries.filter(([key, value]) => key !== 'pattern' || !/\(\?<?[=!]/u.test(String(value))));
}

/** The API server takes no types below `anyOf`, so a union becomes the nearest schema without one. */
function union(schema: Schema, members: readonly Schema[]): Schema {
  const { anyOf: _, ...rest } = schema;
  const types = [...new Set(members.map((member) => member.type))].toSorted();
  if (types.join() === 'integer,string') {
    const pattern = members.find((member) => member['pattern'])?.['pattern'];
    return { ...common(rest), ...(pattern ? { pattern } : {}), 'x-kubernetes-int-or-string': true };
  }
  if (types.join() === 'string' && members.every((member) => member.enum)) {
    return { ...common(rest), type: 'string', enum: members.flatMap((member) => member.enum ?? []) };
  }
  return { ...common(rest), [anything]: true };
}

function integer(schema: Schema): Schema {
  const result = common(schema);
  for (const bound of ['minimum', 'maximum']) {
    if (Math.abs(Number(result[bound])) === Number.MAX_SAFE_INTEGER) delete result[bound];
  }
  const small = typeof result['maximum'] === 'number' && result['maximum'] < 2 ** 31;
  return { ...result, format: small ? 'int32' : 'int64' };
}

function object(schema: Schema): Schema {
  const { properties, additionalProperties: rest } = schema;
  const result = common(schema);
  const open = rest === true || (typeof rest === 'object' && isEmpty(rest));
  if (open) result[anything] = true;
  if (properties) {
    result.properties = Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, structural(value)]));
  } else if (!open && typeof rest === 'object') {
    result.additionalProperties = structural(rest);
  }
  return result;
}

/** Turns a JSON schema into one that a CustomResourceDefinition may hold; refuses references, so also recursion. */
export function structural(schema: Schema): Schema {
  if ('$ref' in schema) throw new Error(`a CRD schema cannot hold the reference ${String(schema['$ref'])}; write it inline`);
  if (schema.anyOf) return union(schema, schema.anyOf);
  if (isEmpty(schema)) return { ...schema, [anything]: true };
  if (schema.type === 'integer') return integer(schema);
  if (schema.type === 'array') return { ...common(schema), items: structural(schema.items ?? {}) };
  return schema.type === 'object' ? object(schema) : common(schema);
}

/** The structural schema of what a zod schema accepts. */
export function structuralOf(schema: z.ZodType): Schema {
  const json = z.toJSONSchema(schema, { target: 'openapi-3.0', io: 'input', reused: 'inline', unrepresentable: 'any' });
  return structural(json as Schema);
}
