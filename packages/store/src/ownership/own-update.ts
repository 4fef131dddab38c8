import type { KubeObject } from '@openfunction/resources';
import { compare } from './compare.ts';
import { difference, emptyFieldSet, isEmpty, union } from './field-set.ts';
import { decodeManagers, isSameManager, managersOf, withManagers, type Manager } from './managers.ts';
import type { MergeSchema } from './merge-schema.ts';
import { objectSchema, ownable, ownFields, type Part } from './ownable.ts';

/** Who writes, and what is known of what is written. */
export interface Writing extends Part {
  fieldManager: string;
  apiVersion: string;
  /** RFC 3339, in seconds. */
  time: string;
  schema: MergeSchema | undefined;
}

function isReset(entries: unknown): boolean {
  return Array.isArray(entries) && entries.length === 1 && JSON.stringify(entries[0]) === '{}';
}

/** Owners may be written like any field; but who does not know of them must not lose them. */
function managersBefore(live: KubeObject | undefined, next: KubeObject, { subresource }: Writing): Manager[] {
  const kept = live === undefined ? [] : managersOf(live);
  if (subresource !== undefined) return kept;
  if (isReset(next.metadata.managedFields)) return [];
  const given = decodeManagers(next.metadata.managedFields);
  return given === undefined || given.length === 0 ? kept : given;
}

/** The owners after a write: it takes what it changes from everyone, and is the owner of what it sets. */
export function ownersAfter(
  managers: readonly Manager[],
  before: Record<string, unknown>,
  after: Record<string, unknown>,
  writing: Writing,
): Manager[] {
  const { added, modified, removed } = compare(before, after, objectSchema(writing.schema));
  const taken = ownFields(union(added, modified));
  const left = managers.map((each) => ({ ...each, fields: difference(difference(each.fields, taken), removed) }));
  if (isEmpty(taken)) return left;
  const { fieldManager: manager, apiVersion, time, subresource } = writing;
  const id = { manager, operation: 'Update', apiVersion, ...(subresource === undefined ? {} : { subresource }) } as const;
  const own = left.find((each) => isSameManager(each, id));
  return [...left.filter((each) => each !== own), { ...id, time, fields: union(own?.fields ?? emptyFieldSet, taken) }];
}

/** A plain write: `next`, with the owners that it leaves. An object that has no owners yet gets none from it. */
export function ownUpdate(live: KubeObject | undefined, next: KubeObject, writing: Writing): KubeObject {
  const managers = managersBefore(live, next, writing);
  if (live !== undefined && managers.length === 0) return withManagers(next, []);
  return withManagers(next, ownersAfter(managers, ownable(live, writing), ownable(next, writing), writing));
}
