import type { KubeObject } from '@openfunction/resources';
import { childrenOf, fieldsOf, keepUnchanged, unite, withoutFields, type FieldSet } from './field-set.ts';
import { keyedList } from './keyed-list.ts';
import { isMap, plain } from './plain.ts';

interface ManagedFields {
  manager: string;
  operation: 'Apply';
  apiVersion: string;
  time: string;
  fieldsType: 'FieldsV1';
  fieldsV1: FieldSet;
}

const systemMetadata = [
  'name',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'managedFields',
  'generateName',
];

/** The fields that belong to whoever writes them: neither identity nor what the store sets, nor status. */
export function ownable(object: KubeObject): Record<string, unknown> {
  const { apiVersion: _apiVersion, kind: _kind, status: _status, metadata, ...rest } = object;
  const own = Object.fromEntries(Object.entries(metadata).filter(([name]) => !systemMetadata.includes(name)));
  return Object.keys(own).length === 0 ? rest : { ...rest, metadata: own };
}

function mergeValue(field: string, live: unknown, applied: unknown): unknown {
  if (isMap(live) && isMap(applied)) return mergeMaps(live, applied);
  const [old, wanted] = [keyedList(field, live), keyedList(field, applied)];
  if (old === undefined || wanted === undefined) return applied;
  const merged = new Map<string, unknown>(old.entries);
  for (const [id, element] of wanted.entries) merged.set(id, mergeValue('', old.entries.get(id), element));
  return [...merged.values()];
}

function mergeMaps(live: Record<string, unknown>, applied: Record<string, unknown>): Record<string, unknown> {
  const changed = Object.entries(applied).map(([name, value]) => [name, mergeValue(name, live[name], value)] as const);
  return { ...live, ...Object.fromEntries(changed) };
}

export function managersOf(object: KubeObject): ManagedFields[] {
  return ((object.metadata.managedFields ?? []) as ManagedFields[]).filter((entry) => entry.operation === 'Apply' && isMap(entry.fieldsV1));
}

function withManagers(object: KubeObject, managers: ManagedFields[]): KubeObject {
  const { managedFields: _old, ...metadata } = object.metadata;
  return { ...object, metadata: managers.length === 0 ? metadata : { ...metadata, managedFields: managers } };
}

function losing(managers: ManagedFields[], before: KubeObject, after: KubeObject): ManagedFields[] {
  return managers
    .map((entry) => ({ ...entry, fieldsV1: keepUnchanged(entry.fieldsV1, ownable(before), ownable(after)) }))
    .filter((entry) => childrenOf('', entry.fieldsV1)?.size !== 0);
}

/** An ordinary update takes the fields it changes away from those who applied them. */
export function disownChanged(before: KubeObject, after: KubeObject): KubeObject {
  return withManagers(after, losing(managersOf(before), before, after));
}

/**
 * Server-side apply, forced: sets the fields of `applied`, removes those that this manager applied before and
 * no longer does unless another manager applies them too, and leaves everything else as it is.
 */
export function applyMerge(live: KubeObject | undefined, applied: KubeObject, options: { fieldManager: string; time: string }): KubeObject {
  const wanted = plain(ownable(applied));
  const fields = fieldsOf(wanted);
  const base: KubeObject = live ?? {
    apiVersion: applied.apiVersion,
    kind: applied.kind,
    metadata: {
      name: applied.metadata.name,
      ...(applied.metadata.namespace === undefined ? {} : { namespace: applied.metadata.namespace }),
    },
  };
  const managers = managersOf(base);
  const own = managers.find((entry) => entry.manager === options.fieldManager);
  const others = managers.filter((entry) => entry !== own);
  const claimed = others.reduce((all, entry) => unite(all, entry.fieldsV1), fields);
  const kept = withoutFields(base, own?.fieldsV1 ?? {}, claimed) as KubeObject;
  const merged = { ...mergeMaps({ ...kept }, wanted), apiVersion: applied.apiVersion, kind: applied.kind } as unknown as KubeObject;
  const unchanged = own !== undefined && JSON.stringify(own.fieldsV1) === JSON.stringify(fields);
  const mine: ManagedFields = {
    manager: options.fieldManager,
    operation: 'Apply',
    apiVersion: applied.apiVersion,
    time: unchanged ? own.time : options.time,
    fieldsType: 'FieldsV1',
    fieldsV1: unchanged ? own.fieldsV1 : fields,
  };
  return withManagers(merged, [...losing(others, base, merged), mine]);
}
