import type { z } from 'zod';
import type { FieldCause } from '../field-cause.ts';
import { issueWords } from './issue-words.ts';

type Issue = z.core.$ZodIssue;

function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, step) => (typeof step === 'number' ? `${text}[${step}]` : `${text}${text && '.'}${String(step)}`), '');
}

function causeOf(issue: Issue): FieldCause {
  const field = pathText(issue.path);
  if (issue.code === 'invalid_type' && issue.input === undefined && issue.message.includes('undefined'))
    return { field, reason: 'FieldValueRequired', message: 'is missing; set it' };
  return { field, reason: issue.code === 'invalid_value' ? 'FieldValueNotSupported' : 'FieldValueInvalid', message: issueWords(issue) };
}

/** The object as its schema reads it, or what is wrong with it. */
export function parsed<T>(schema: z.ZodType<T>, object: unknown): { value: T } | { causes: FieldCause[] } {
  const result = schema.safeParse(object);
  return result.success ? { value: result.data } : { causes: result.error.issues.slice(0, 50).map(causeOf) };
}
