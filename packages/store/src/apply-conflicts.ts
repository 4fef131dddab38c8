import type { KubeObject } from '@openfunction/resources';
import { managersOf, ownable } from './apply-merge.ts';
import { childrenOf, type FieldSet } from './field-set.ts';
import { sameJson } from './plain.ts';

/** A field that another manager applied with another value. */
export interface ApplyConflict {
  manager: string;
  /** Such as `.spec.image`. */
  field: string;
}

function stepText(step: string): string {
  return step.startsWith('f:')
    ? `.${step.slice(2)}`
    : `[${step
        .slice(2)
        .replace(/^\{|\}$/g, '')
        .replace(/^"([^"]*)":/, '$1=')}]`;
}

/** The fields of `set` that both values have, with different ones. */
function differing(set: FieldSet, live: unknown, wanted: unknown, at: { field: string; path: string }): string[] {
  const [old, next] = [childrenOf(at.field, live), childrenOf(at.field, wanted)];
  return Object.entries(set).flatMap(([step, inner]) => {
    const [before, after] = [old?.get(step), next?.get(step)];
    if (before === undefined || after === undefined) return [];
    const path = `${at.path}${stepText(step)}`;
    if (Object.keys(inner).length > 0) return differing(inner, before.value, after.value, { field: after.field, path });
    return sameJson(before.value, after.value) ? [] : [path];
  });
}

/**
 * What an apply without force is refused for: fields that another manager applied, and that it would change.
 * Fields that were written otherwise than by apply belong to nobody here.
 */
export function applyConflicts(live: KubeObject, applied: KubeObject, fieldManager: string): ApplyConflict[] {
  const others = managersOf(live).filter(({ manager }) => manager !== fieldManager);
  return others.flatMap(({ manager, fieldsV1 }) =>
    differing(fieldsV1, ownable(live), ownable(applied), { field: '', path: '' }).map((field) => ({ manager, field })),
  );
}
