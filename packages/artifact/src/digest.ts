import { hash } from 'node:crypto';
import type { Digest } from './artifact.ts';

export function digestOf(bytes: Uint8Array | string): Digest {
  return `sha256:${hash('sha256', bytes)}`;
}

export function isDigest(text: string): text is Digest {
  return /^sha256:[0-9a-f]{64}$/.test(text);
}

/** JSON with sorted keys and without `undefined`, so that equal values have equal bytes. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (inner === null || typeof inner !== 'object' || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
  });
}
