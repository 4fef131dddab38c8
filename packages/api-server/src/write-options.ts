import type { FieldCause, WriteOptions } from '@openfunction/store';
import { ApiError } from './api-error.ts';

export type FieldValidation = 'Ignore' | 'Warn' | 'Strict';

/** What the query and the headers of a write say of it. */
export interface RequestOptions extends WriteOptions {
  fieldManager: string;
  fieldValidation: FieldValidation;
  force: boolean;
}

const longestManager = 128;
const validations: readonly string[] = ['Ignore', 'Warn', 'Strict'];

function unsupported(field: string, value: string, supported: readonly string[]): FieldCause {
  const listed = supported.map((each) => `"${each}"`).join(', ');
  return { field, reason: 'FieldValueNotSupported', message: `Unsupported value: "${value.slice(0, 80)}": supported values: ${listed}` };
}

function check(query: URLSearchParams, isApply: boolean): FieldCause[] {
  const [dryRun, validation, manager] = ['dryRun', 'fieldValidation', 'fieldManager'].map((name) => query.get(name) ?? '');
  const causes: FieldCause[] = [];
  if (dryRun !== '' && dryRun !== 'All') causes.push(unsupported('dryRun', dryRun ?? '', ['All']));
  if (validation !== '' && !validations.includes(validation ?? ''))
    causes.push(unsupported('fieldValidation', validation ?? '', validations));
  if ((manager ?? '').length > longestManager)
    causes.push({ field: 'fieldManager', reason: 'FieldValueTooLong', message: `Too long: may not be more than ${longestManager} bytes` });
  if (isApply && manager === '')
    causes.push({ field: 'fieldManager', reason: 'FieldValueRequired', message: 'Required value: is required for apply patch' });
  return causes;
}

/** Refuses parameters that mean nothing, so that nobody believes a write was only a dry run. */
export function requestOptions({ query, userAgent }: { query: URLSearchParams; userAgent: string }, isApply = false): RequestOptions {
  const causes = check(query, isApply);
  if (causes.length > 0) {
    const listed = causes.map(({ field, message }) => `${field}: ${message}`).join(', ');
    throw new ApiError('Invalid', `The options of the request are invalid: ${listed}`, { causes });
  }
  const force = query.get('force');
  return {
    // Who writes without naming itself is known by its program.
    fieldManager: query.get('fieldManager') || (userAgent.split('/')[0] || 'unknown').slice(0, longestManager),
    fieldValidation: (query.get('fieldValidation') || 'Warn') as FieldValidation,
    dryRun: query.get('dryRun') === 'All',
    force: force === 'true' || force === '1',
  };
}
