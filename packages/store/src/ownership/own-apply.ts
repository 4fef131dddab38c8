import type { KubeObject } from '@openfunction/resources';
import { compare } from './compare.ts';
import { conflictError, conflictsWith, type Conflict } from './conflicts.ts';
import { difference, emptyFieldSet, intersection, isEmpty, union, type FieldSet } from './field-set.ts';
import { fieldsOf, withNamedParents } from './fields-of.ts';
import { clientApplied } from './last-applied.ts';
import { isSameManager, managersOf, withManagers, type Manager } from './managers.ts';
import { mergeValues } from './merge-values.ts';
import { objectSchema, ownable, ownFields, withOwnable } from './ownable.ts';
import { ownersAfter, type Writing } from './own-update.ts';
import type { MergeSchema } from './merge-schema.ts';
import { isMap, sameJson } from '../plain.ts';
import { withoutFields } from './without-fields.ts';

/** Owner of what was written before anybody's ownership was kept. */
const beforeFirstApply = 'before-first-apply';

type Fields = Record<string, unknown>;

function asMap(value: unknown): Fields {
  return isMap(value) ? value : {};
}

/** Takes out what the manager applied last time and nobody owns now. */
function pruned(merged: Fields, last: FieldSet, owned: FieldSet, schema: MergeSchema): Fields {
  if (isEmpty(last)) return merged;
  const whole = (set: FieldSet): FieldSet => withNamedParents(set, schema);
  const all = whole(fieldsOf(merged, schema));
  const bare = withoutFields(merged, whole(last), schema);
  const withOwned = withoutFields(merged, difference(all, union(whole(fieldsOf(bare, schema)), whole(owned))), schema);
  // What went along although it never was this manager's stays.
  const gone = intersection(difference(all, whole(fieldsOf(withOwned, schema))), whole(last));
  return asMap(withoutFields(merged, gone, schema));
}

function knownManagers(live: KubeObject | undefined, writing: Writing): Manager[] {
  if (live === undefined) return [];
  const managers = managersOf(live);
  if (managers.length > 0) return managers;
  const { subresource: _part, ...whole } = writing;
  return ownersAfter([], {}, ownable(live, whole), { ...whole, fieldManager: beforeFirstApply });
}

/** Who moves from client-side apply to this one owns what the former applied. */
function isOwnFormer({ field }: Conflict, live: KubeObject | undefined, { fieldManager, schema }: Writing): boolean {
  return fieldManager === 'kubectl' && live !== undefined && clientApplied(live, objectSchema(schema)).has(field);
}

/**
 * Server-side apply: sets the fields of `applied`, removes those that this manager applied before and no longer does
 * unless somebody else owns them, and leaves everything else as it is. Without `force` it throws `Conflict` when it
 * would change what another manager owns.
 */
export function ownApply(live: KubeObject | undefined, applied: KubeObject, options: Writing & { force: boolean }): KubeObject {
  const { fieldManager, apiVersion, time, subresource } = options;
  const schema = objectSchema(options.schema);
  const [present, wanted] = [ownable(live, options), ownable(applied, options)];
  const managers = knownManagers(live, options);
  const id = { manager: fieldManager, operation: 'Apply', apiVersion, ...(subresource === undefined ? {} : { subresource }) } as const;
  const former = managers.find((each) => isSameManager(each, id));
  const others = managers.filter((each) => each !== former);
  const fields = fieldsOf(wanted, schema);
  const owned = others.reduce((all, each) => union(all, each.fields), fields);
  const merged = pruned(asMap(mergeValues(present, wanted, schema)), former?.fields ?? emptyFieldSet, owned, schema);

  const { added, modified, removed } = compare(present, merged, schema);
  const taken = ownFields(union(added, modified));
  const conflicts = options.force ? [] : conflictsWith(others, taken).filter((each) => !isOwnFormer(each, live, options));
  if (conflicts.length > 0) throw conflictError(conflicts);
  const left = others.map((each) => ({ ...each, fields: difference(difference(each.fields, taken), removed) }));

  // Whoever changes nothing has taken nothing at any time.
  const own: Manager = { ...id, time: sameJson(present, merged) ? (former?.time ?? '') : time, fields };
  const base = live ?? identityOf(applied);
  return withManagers(withOwnable({ ...base, apiVersion: applied.apiVersion, kind: applied.kind }, merged, options), [...left, own]);
}

function identityOf({ apiVersion, kind, metadata: { name, namespace } }: KubeObject): KubeObject {
  return { apiVersion, kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) } };
}
