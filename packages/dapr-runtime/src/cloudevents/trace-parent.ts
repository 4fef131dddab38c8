import { randomBytes } from 'node:crypto';

const grammar = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** The caller's W3C trace context, or a new one that nobody records. */
export function traceParent(given: string | undefined): string {
  if (given !== undefined && grammar.test(given)) return given;
  const id = randomBytes(24).toString('hex');
  return `00-${id.slice(0, 32)}-${id.slice(32)}-00`;
}
