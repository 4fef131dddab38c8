import { isJsonObject, sameJson, type JsonObject } from './json.ts';
import { ApiError } from './api-error.ts';

/** Lists of the core kinds whose elements are merged: by this field, or as a set of values. Every other list is replaced. */
const lists: Readonly<Record<string, string>> = {
  'metadata.finalizers': 'values',
  'metadata.ownerReferences': 'uid',
  'spec.ports': 'port',
};

/** Kubernetes' strategic merge patch, for the kinds of its core group that are served here. */
export function strategicMerge(target: unknown, patch: unknown): unknown {
  return mergeObject(isJsonObject(target) ? target : {}, asObject(patch), '');
}

function asObject(patch: unknown): JsonObject {
  if (isJsonObject(patch)) return patch;
  throw new ApiError('BadRequest', 'A strategic merge patch must be an object.');
}

function mergeObject(target: JsonObject, patch: JsonObject, path: string): JsonObject {
  const { $patch: how, $retainKeys: retained, ...changes } = patch;
  if (how === 'replace') return withoutNulls(changes);
  if (how === 'delete') return {};
  const keys = Array.isArray(retained) ? Object.keys(target).filter((key) => retained.includes(key)) : Object.keys(target);
  const result: JsonObject = Object.fromEntries(keys.map((key) => [key, target[key]]));
  for (const [key, value] of Object.entries(changes)) {
    if (key === '__proto__' || key.startsWith('$')) continue;
    const at = path === '' ? key : `${path}.${key}`;
    if (value === null) delete result[key];
    else result[key] = mergeValue(result[key], value, { path: at, order: changes[`$setElementOrder/${key}`] });
  }
  for (const [key, value] of Object.entries(changes)) {
    const list = key.startsWith('$deleteFromPrimitiveList/') ? key.slice('$deleteFromPrimitiveList/'.length) : undefined;
    if (list === undefined || !Array.isArray(value) || !Array.isArray(result[list])) continue;
    result[list] = result[list].filter((entry) => !value.includes(entry));
  }
  return result;
}

function mergeValue(target: unknown, value: unknown, { path, order }: { path: string; order: unknown }): unknown {
  if (isJsonObject(value)) return mergeObject(isJsonObject(target) ? target : {}, value, path);
  const key = lists[path];
  if (!Array.isArray(value) || key === undefined) return value;
  const present: unknown[] = Array.isArray(target) ? target : [];
  const merged = key === 'values' ? [...new Set([...present, ...(value as unknown[])])] : mergeElements(present, value, { key, path });
  return ordered(merged, { first: Array.isArray(order) ? order : value, present, key });
}

function mergeElements(present: readonly unknown[], changes: readonly unknown[], { key, path }: { key: string; path: string }): unknown[] {
  if (changes.some((each) => isJsonObject(each) && each['$patch'] === 'replace')) {
    return changes.filter((each) => !(isJsonObject(each) && '$patch' in each));
  }
  const result = [...present];
  for (const change of changes) {
    if (!isJsonObject(change) || change[key] === undefined) {
      throw new ApiError('BadRequest', `The patch names an element of ${path} without its "${key}".`);
    }
    const index = result.findIndex((each) => isJsonObject(each) && sameJson(each[key], change[key]));
    if (change['$patch'] === 'delete') {
      if (index >= 0) result.splice(index, 1);
    } else if (index < 0) result.push(withoutNulls(change));
    else result[index] = mergeObject(result[index] as JsonObject, change, path);
  }
  return result;
}

/**
 * The order of what a patch names is the patch's; what it does not name stays before what it stood before, and after
 * what is new.
 */
function ordered(
  merged: readonly unknown[],
  { first, present, key }: { first: readonly unknown[]; present: readonly unknown[]; key: string },
): unknown[] {
  const idOf = (entry: unknown): unknown => (key === 'values' || !isJsonObject(entry) ? entry : entry[key]);
  const placeIn = (list: readonly unknown[], entry: unknown): number => list.findIndex((each) => sameJson(idOf(each), idOf(entry)));
  const named = merged
    .filter((entry) => placeIn(first, entry) >= 0)
    .toSorted((left, right) => placeIn(first, left) - placeIn(first, right));
  const others = merged.filter((entry) => placeIn(first, entry) < 0);
  const result: unknown[] = [];
  while (named.length > 0) {
    const was = placeIn(present, named[0]);
    while (was >= 0 && others.length > 0 && placeIn(present, others[0]) < was) result.push(others.shift());
    result.push(named.shift());
  }
  return [...result, ...others];
}

function withoutNulls(value: JsonObject): JsonObject {
  const entries = Object.entries(value).filter(([key, entry]) => entry !== null && !key.startsWith('$') && key !== '__proto__');
  return Object.fromEntries(entries.map(([key, entry]) => [key, isJsonObject(entry) ? withoutNulls(entry) : entry]));
}
