import { keyedList } from './keyed-list.ts';
import { isMap, sameJson, type JsonMap } from './plain.ts';

/** Fields of an object in Kubernetes' FieldsV1 form: `f:` names a field, `k:` an element of a keyed list, `{}` is a leaf. */
export interface FieldSet {
  [field: string]: FieldSet;
}

/** Walks the children of a value that has parts; undefined for a leaf. */
export function childrenOf(field: string, value: unknown): Map<string, { field: string; value: unknown }> | undefined {
  if (isMap(value)) return new Map(Object.entries(value).map(([name, child]) => [`f:${name}`, { field: name, value: child }]));
  const keyed = keyedList(field, value);
  if (keyed === undefined) return undefined;
  return new Map([...keyed.entries].map(([id, child]) => [`k:${JSON.stringify({ [keyed.identity]: id })}`, { field: '', value: child }]));
}

/** Every field that a value sets. */
export function fieldsOf(value: unknown, field = ''): FieldSet {
  const set: FieldSet = {};
  for (const [step, child] of childrenOf(field, value) ?? []) set[step] = fieldsOf(child.value, child.field);
  return set;
}

function isLeaf(set: FieldSet): boolean {
  return Object.keys(set).length === 0;
}

/** The fields of `set` that still have the value they had: who writes another value owns the field. */
export function keepUnchanged(set: FieldSet, before: unknown, after: unknown, field = ''): FieldSet {
  const kept: FieldSet = {};
  const [old, now] = [childrenOf(field, before), childrenOf(field, after)];
  for (const [step, inner] of Object.entries(set)) {
    const [oldChild, nowChild] = [old?.get(step), now?.get(step)];
    if (nowChild === undefined) continue;
    if (isLeaf(inner)) {
      if (sameJson(oldChild?.value, nowChild.value)) kept[step] = {};
      continue;
    }
    const rest = keepUnchanged(inner, oldChild?.value, nowChild.value, nowChild.field);
    if (!isLeaf(rest)) kept[step] = rest;
  }
  return kept;
}

export function unite(left: FieldSet, right: FieldSet): FieldSet {
  const both: FieldSet = { ...left };
  for (const [step, inner] of Object.entries(right)) both[step] = both[step] === undefined ? inner : unite(both[step], inner);
  return both;
}

/** `value` without the fields that are in `given` and not in `wanted`. Maps and elements that this empties go too. */
export function withoutFields(value: unknown, given: FieldSet, wanted: FieldSet, field = ''): unknown {
  const children = childrenOf(field, value);
  if (children === undefined) return value;
  const left: { step: string; field: string; value: unknown }[] = [];
  for (const [step, child] of children) {
    const [had, wants] = [given[step], wanted[step]];
    const next = had === undefined ? child.value : withoutFields(child.value, had, wants ?? {}, child.field);
    if (had !== undefined && wants === undefined && isGone(had, child.value, next)) continue;
    left.push({ step, field: child.field, value: next });
  }
  if (Array.isArray(value)) return left.map((child) => child.value);
  return Object.fromEntries(left.map((child) => [child.field, child.value]));
}

function isGone(had: FieldSet, before: unknown, next: unknown): boolean {
  if (isLeaf(had)) return true;
  const parts: JsonMap | unknown[] | undefined = isMap(next) || Array.isArray(next) ? next : undefined;
  return parts !== undefined && !sameJson(before, next) && Object.keys(parts).length === 0;
}
