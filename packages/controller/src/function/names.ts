import { canonicalJson, digestOf } from '@openfunction/artifact';

/** Eight hex digits that stand for a value; equal values, equal digits. */
export function shortDigest(value: unknown): string {
  return digestOf(canonicalJson(value)).slice('sha256:'.length, 'sha256:'.length + 8);
}

/** `<function>-<digest8>`, within the 63 characters of a DNS label. */
export function childName(functionName: string, digest: string): string {
  return `${functionName.slice(0, 54).replace(/[-.]+$/, '')}-${digest}`;
}
