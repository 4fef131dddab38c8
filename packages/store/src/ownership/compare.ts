import { sameJson } from '../plain.ts';
import { emptyFieldSet, fieldSet, type FieldSet } from './field-set.ts';
import { childrenOf, type Child, type MergeSchema } from './merge-schema.ts';

export interface Comparison {
  added: FieldSet;
  modified: FieldSet;
  removed: FieldSet;
}

const nothing: Comparison = { added: emptyFieldSet, modified: emptyFieldSet, removed: emptyFieldSet };

type Verdict = keyof Comparison | undefined;

function verdictOf(before: Child | undefined, after: Child | undefined, isLeaf: boolean): Verdict {
  if (before === undefined) return 'added';
  if (after === undefined) return 'removed';
  return isLeaf ? 'modified' : undefined;
}

function compareChild(before: Child | undefined, after: Child | undefined): { own: Verdict; below: Comparison } {
  if (before !== undefined && after !== undefined && sameJson(before.value, after.value)) return { own: undefined, below: nothing };
  const [old, next] = [before && childrenOf(before.value, before.schema), after && childrenOf(after.value, after.schema)];
  const isMixed = (before !== undefined && old === undefined) || (after !== undefined && next === undefined);
  const isLeaf = isMixed || (old?.size ?? 0) + (next?.size ?? 0) === 0;
  const below = isLeaf ? nothing : compareChildren(old ?? new Map(), next ?? new Map());
  return { own: verdictOf(before, after, isLeaf), below };
}

function compareChildren(before: ReadonlyMap<string, Child>, after: ReadonlyMap<string, Child>): Comparison {
  const steps = [...new Set([...before.keys(), ...after.keys()])];
  const compared = steps.map((step) => ({ step, ...compareChild(before.get(step), after.get(step)) }));
  const collect = (verdict: keyof Comparison): FieldSet =>
    fieldSet(
      compared.filter(({ own }) => own === verdict).map(({ step }) => step),
      compared.map(({ step, below }) => [step, below[verdict]] as const),
    );
  return { added: collect('added'), modified: collect('modified'), removed: collect('removed') };
}

/** What differs between two values of one schema. */
export function compare(before: unknown, after: unknown, schema: MergeSchema | undefined): Comparison {
  return compareChildren(childrenOf(before, schema) ?? new Map(), childrenOf(after, schema) ?? new Map());
}
