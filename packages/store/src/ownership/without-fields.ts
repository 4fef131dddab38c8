import { type FieldSet } from './field-set.ts';
import { childrenOf, type MergeSchema } from './merge-schema.ts';

/** `value` without the fields of `set`. What is emptied and not in the set itself stays, empty. */
export function withoutFields(value: unknown, set: FieldSet, schema: MergeSchema | undefined): unknown {
  const children = childrenOf(value, schema);
  if (children === undefined) return value;
  const left: [string, unknown][] = [];
  for (const [step, child] of children) {
    if (set.members.has(step)) continue;
    const below = set.children.get(step);
    left.push([step, below === undefined ? child.value : withoutFields(child.value, below, child.schema)]);
  }
  return Array.isArray(value) ? left.map(([, kept]) => kept) : Object.fromEntries(left.map(([step, kept]) => [step.slice(2), kept]));
}
