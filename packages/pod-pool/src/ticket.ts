import { createHash, sign, type KeyObject } from 'node:crypto';
import type { Ticket } from '@openfunction/protocol';

export interface Signed {
  json: Uint8Array;
  /** Ed25519 over exactly the bytes of `json`; 64 bytes. */
  signature: Uint8Array;
}

/** A ticket for one load of one instance. */
export function signTicket(ticket: Ticket, privateKey: KeyObject): Signed {
  return signJson(ticket, privateKey);
}

/** The order to drain one instance. */
export function signDrain(order: { instance: string; nonce: string; expiresAtMs: number }, privateKey: KeyObject): Signed {
  return signJson({ instance: order.instance, action: 'drain', nonce: order.nonce, expiresAtMs: order.expiresAtMs }, privateKey);
}

export function sha256(bytes: Uint8Array): `sha256:${string}` {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function signJson(value: object, privateKey: KeyObject): Signed {
  const json = Buffer.from(JSON.stringify(value));
  return { json, signature: sign(null, json, privateKey) };
}
