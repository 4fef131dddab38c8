import type { JsonSchema } from './api-kind.ts';
import { isJsonObject } from './json.ts';

/** Paths of the fields that a schema does not know, for fieldValidation Strict and Warn. */
export function unknownFields(value: unknown, schema: JsonSchema, path = ''): string[] {
  if (Array.isArray(value)) {
    const items = schema.items;
    return items === undefined ? [] : value.flatMap((entry, index) => unknownFields(entry, items, `${path}[${index}]`));
  }
  if (!isJsonObject(value) || schema['x-kubernetes-preserve-unknown-fields'] === true) return [];
  const { properties, additionalProperties } = schema;
  if (properties === undefined && additionalProperties === undefined) return [];
  return Object.entries(value).flatMap(([key, entry]) => {
    const at = path === '' ? key : `${path}.${key}`;
    if (path === '' && (key === 'metadata' || key === 'apiVersion' || key === 'kind')) return [];
    const known = properties !== undefined && Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (known !== undefined) return unknownFields(entry, known, at);
    if (isJsonObject(additionalProperties)) return unknownFields(entry, additionalProperties, at);
    return additionalProperties === true ? [] : [at];
  });
}
