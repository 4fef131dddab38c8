import { ComponentError } from '../component-error.ts';
import type { StateOperation } from './state-store.ts';

/** Whether the operation may go ahead, given the etag that the key has now. */
export function mayWrite(operation: StateOperation, present: string | undefined): boolean {
  if (operation.etag !== undefined) return operation.etag === present;
  return operation.firstWrite !== true || present === undefined || operation.kind === 'delete';
}

export function etagMismatch(operation: StateOperation): ComponentError {
  const why = operation.etag === undefined ? 'is there already and first-write was asked for' : 'no longer has the etag that was given';
  return new ComponentError(
    'EtagMismatch',
    `State was not written: key ${JSON.stringify(operation.key)} ${why}. Read it again, then write with its etag.`,
  );
}
