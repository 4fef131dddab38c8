import type { JsonSchema } from './api-kind.ts';
import { isJsonObject, type JsonObject } from './json.ts';

/** The value without the fields that a schema does not know, as Kubernetes stores it. */
export function pruned(value: unknown, schema: JsonSchema): unknown {
  if (Array.isArray(value)) {
    const { items } = schema;
    return items === undefined ? value : value.map((entry) => pruned(entry, items));
  }
  if (!isJsonObject(value)) return value;
  const { properties = {}, additionalProperties } = schema;
  const keepsUnknown = schema['x-kubernetes-preserve-unknown-fields'] === true || additionalProperties === true;
  if (!keepsUnknown && schema.properties === undefined && additionalProperties === undefined) return value;
  const kept = Object.entries(value).flatMap(([key, entry]): [string, unknown][] => {
    const known = Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (known !== undefined) return [[key, pruned(entry, known)]];
    if (isJsonObject(additionalProperties)) return [[key, pruned(entry, additionalProperties)]];
    return keepsUnknown ? [[key, entry]] : [];
  });
  return Object.fromEntries(kept);
}

/** An object of a kind without unknown fields; its metadata is not the schema's affair. */
export function prunedObject(object: JsonObject, schema: JsonSchema | undefined): JsonObject {
  if (schema === undefined) return object;
  const { apiVersion, kind, metadata, ...rest } = object;
  return { apiVersion, kind, metadata, ...(pruned(rest, schema) as JsonObject) };
}
