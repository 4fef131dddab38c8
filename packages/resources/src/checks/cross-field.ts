import type { FieldCause } from '../field-cause.ts';

/**
 * What several fields must agree on, said twice: for the API server in CEL, and for admission and the controller as a function.
 * `self` and `value` are the object that has the rule.
 */
export interface CrossFieldRule<T> {
  cel: string;
  holds(value: T): boolean;
  message: string;
  reason: 'FieldValueInvalid' | 'FieldValueRequired';
  /** The field to blame, from that object; the object itself when absent. */
  field?: string;
}

/** The rules that a value breaks. */
export function broken<T>(rules: readonly CrossFieldRule<T>[], value: T | undefined, path: string): FieldCause[] {
  if (value === undefined) return [];
  return rules
    .filter((rule) => !rule.holds(value))
    .map(({ field, reason, message }) => ({ field: field === undefined ? path : `${path}.${field}`, reason, message }));
}
