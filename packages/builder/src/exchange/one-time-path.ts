import { createHmac } from 'node:crypto';

export type Direction = 'source' | 'credentials' | 'output';

/** A path of 256 bits that only who has the key can name; the same after a restart, so that builds outlive one. */
export function oneTimePath(key: Uint8Array, uid: string, direction: Direction): string {
  return `/${createHmac('sha256', key)
    .update(JSON.stringify(['openfunction build exchange v1', uid, direction]))
    .digest('base64url')}`;
}
