import { isMap } from '../plain.ts';
import { fieldSet, type FieldSet } from './field-set.ts';
import { childrenOf, schemaAt, type Child, type MergeSchema } from './merge-schema.ts';

function isMember(step: string, child: Child, hasParts: boolean): boolean {
  if (!step.startsWith('f:')) return true;
  return !hasParts || !child.isNamed || (isMap(child.value) && Object.keys(child.value).length === 0);
}

/** Every field that a value sets: leaves, elements of lists, and keys of maps. */
export function fieldsOf(value: unknown, schema: MergeSchema | undefined): FieldSet {
  const members: string[] = [];
  const children: [string, FieldSet][] = [];
  for (const [step, child] of childrenOf(value, schema) ?? []) {
    const hasParts = childrenOf(child.value, child.schema) !== undefined;
    if (isMember(step, child, hasParts)) members.push(step);
    if (hasParts) children.push([step, fieldsOf(child.value, child.schema)]);
  }
  return fieldSet(members, children);
}

/** The set with every field that the schema names and that has parts in it: so that what empties goes whole. */
export function withNamedParents(set: FieldSet, schema: MergeSchema | undefined): FieldSet {
  const named = [...set.children.keys()].filter((step) => schemaAt(schema, step).isNamed);
  return fieldSet(
    [...set.members, ...named],
    [...set.children].map(([step, child]) => [step, withNamedParents(child, schemaAt(schema, step).schema)] as const),
  );
}
