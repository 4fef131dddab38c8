import { randomBytes } from 'node:crypto';

const prefix = randomBytes(8).toString('hex');
let count = 0;
let pool = '';
let at = 0;

function randomHex(length: number): string {
  if (at + length > pool.length) {
    pool = randomBytes(4096).toString('hex');
    at = 0;
  }
  at += length;
  return pool.slice(at - length, at);
}

/** Unique over processes. */
export function newRequestId(): string {
  return `${prefix}-${(++count).toString(36)}`;
}

export function newTraceparent(): string {
  return `00-${randomHex(32)}-${randomHex(16)}-00`;
}
