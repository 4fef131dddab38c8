/**
 * Fields of an object, as a tree. A step is written as in FieldsV1: `f:name` a field, `k:{"name":"a"}` an element of
 * a list with keys, `v:"a"` one of a list of values. A step may be in the set itself, have parts in it, or both.
 */
export interface FieldSet {
  readonly members: ReadonlySet<string>;
  readonly children: ReadonlyMap<string, FieldSet>;
}

export const emptyFieldSet: FieldSet = { members: new Set(), children: new Map() };

export function isEmpty(set: FieldSet): boolean {
  return set.members.size === 0 && set.children.size === 0;
}

/** A set of these steps; children without content are left out. */
export function fieldSet(members: Iterable<string>, children: Iterable<readonly [string, FieldSet]>): FieldSet {
  return { members: new Set(members), children: new Map([...children].filter(([, child]) => !isEmpty(child))) };
}

function childOf(set: FieldSet, step: string): FieldSet {
  return set.children.get(step) ?? emptyFieldSet;
}

export function union(left: FieldSet, right: FieldSet): FieldSet {
  if (isEmpty(left)) return right;
  if (isEmpty(right)) return left;
  const steps = new Set([...left.children.keys(), ...right.children.keys()]);
  return fieldSet(
    [...left.members, ...right.members],
    [...steps].map((step) => [step, union(childOf(left, step), childOf(right, step))] as const),
  );
}

/** What is in `left` and not in `right`. A step of `right` takes nothing of what lies below it. */
export function difference(left: FieldSet, right: FieldSet): FieldSet {
  if (isEmpty(left) || isEmpty(right)) return left;
  return fieldSet(
    [...left.members].filter((step) => !right.members.has(step)),
    [...left.children].map(([step, child]) => [step, difference(child, childOf(right, step))] as const),
  );
}

export function intersection(left: FieldSet, right: FieldSet): FieldSet {
  if (isEmpty(left) || isEmpty(right)) return emptyFieldSet;
  return fieldSet(
    [...left.members].filter((step) => right.members.has(step)),
    [...left.children].map(([step, child]) => [step, intersection(child, childOf(right, step))] as const),
  );
}

export function sameFields(left: FieldSet, right: FieldSet): boolean {
  if (left.members.size !== right.members.size || left.children.size !== right.children.size) return false;
  if (![...left.members].every((step) => right.members.has(step))) return false;
  return [...left.children].every(([step, child]) => right.children.has(step) && sameFields(child, childOf(right, step)));
}

/** Every path of the set, as steps. */
export function pathsOf(set: FieldSet, above: readonly string[] = []): string[][] {
  const own = [...set.members].map((step) => [...above, step]);
  return [...own, ...[...set.children].flatMap(([step, child]) => pathsOf(child, [...above, step]))];
}
