import { isMap, type JsonMap } from './plain.ts';

/** Lists whose elements have an identity of their own, by the name of the field; every other list is one value. */
const identities: Readonly<Record<string, string>> = {
  conditions: 'type',
  containers: 'name',
  initContainers: 'name',
  env: 'name',
  volumes: 'name',
  volumeMounts: 'mountPath',
  listeners: 'name',
  imagePullSecrets: 'name',
  ownerReferences: 'uid',
};

function areIdentified(list: unknown, identity: string): list is JsonMap[] {
  if (!Array.isArray(list)) return false;
  const seen = new Set<unknown>();
  for (const element of list) {
    if (!isMap(element)) return false;
    const id = element[identity];
    if (typeof id !== 'string' || seen.has(id)) return false;
    seen.add(id);
  }
  return true;
}

/** A view of a keyed list as entries; undefined when the list under this field name is to be taken as one value. */
export function keyedList(field: string, list: unknown): { identity: string; entries: Map<string, JsonMap> } | undefined {
  const identity = Object.hasOwn(identities, field) ? identities[field] : undefined;
  if (identity === undefined || !areIdentified(list, identity)) return undefined;
  return { identity, entries: new Map(list.map((element) => [String(element[identity]), element])) };
}
