import type { Key } from '@openfunction/resources';
import { StoreError } from './store-error.ts';

/** Where a list goes on: after which object, and of which version its first page was. */
export interface Continuation {
  after: Key;
  resourceVersion: string;
}

export function continueToken({ after, resourceVersion }: Continuation): string {
  return Buffer.from(JSON.stringify([after.namespace, after.name, resourceVersion])).toString('base64url');
}

export function parseToken(token: string): Continuation {
  try {
    const [namespace, name, resourceVersion] = JSON.parse(Buffer.from(token, 'base64url').toString()) as unknown[];
    if (typeof namespace === 'string' && typeof name === 'string' && typeof resourceVersion === 'string')
      return { after: { namespace, name }, resourceVersion };
  } catch {
    // Falls through to the same refusal as a token of another shape.
  }
  throw new StoreError('BadRequest', 'the continue token is not one of this store; list from the start');
}
