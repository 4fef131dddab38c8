import { isMap } from '../plain.ts';
import { fieldSet, type FieldSet } from './field-set.ts';

/** A field set in the form of `managedFields[].fieldsV1`: `.` says that a step with parts is in the set itself. */
export interface FieldsV1 {
  [step: string]: FieldsV1;
}

export function encodeFields(set: FieldSet): FieldsV1 {
  const steps = [...new Set([...set.members, ...set.children.keys()])].toSorted();
  return Object.fromEntries(
    steps.map((step) => {
      const child = set.children.get(step);
      const parts = child === undefined ? {} : encodeFields(child);
      return [step, child !== undefined && set.members.has(step) ? { '.': {}, ...parts } : parts];
    }),
  );
}

/** Undefined for what is no FieldsV1. */
export function decodeFields(value: unknown): FieldSet | undefined {
  if (!isMap(value)) return undefined;
  const members: string[] = [];
  const children: [string, FieldSet][] = [];
  for (const [step, inner] of Object.entries(value)) {
    if (step === '.') continue;
    if (!/^(f:|k:\{|v:|i:\d)/.test(step) || !isMap(inner)) return undefined;
    const child = decodeFields(inner);
    if (child === undefined) return undefined;
    if (Object.keys(inner).length === 0 || Object.hasOwn(inner, '.')) members.push(step);
    children.push([step, child]);
  }
  return fieldSet(members, children);
}
