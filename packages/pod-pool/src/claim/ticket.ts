import { createHash, createHmac, sign, type KeyObject } from 'node:crypto';
import type { Ticket } from '@openfunction/protocol';

export interface Signed {
  json: Uint8Array;
  /** Ed25519 over exactly the bytes of `json`; 64 bytes. */
  signature: Uint8Array;
}

/** A ticket for one load of one instance. */
export function signTicket(ticket: Ticket, privateKey: KeyObject): Signed {
  const json = Buffer.from(JSON.stringify(ticket));
  return { json, signature: sign(null, json, privateKey) };
}

const secrets = new WeakMap<KeyObject, Buffer>();

/** The nonce of an instance's only ticket, which also authorises its drain: a scheduler that began anew finds it again. */
export function nonceOf(instance: string, privateKey: KeyObject): string {
  const secret =
    secrets.get(privateKey) ??
    createHash('sha256')
      .update(privateKey.export({ format: 'der', type: 'pkcs8' }))
      .digest();
  secrets.set(privateKey, secret);
  return createHmac('sha256', secret).update(`openfunction nonce v1 ${instance}`).digest('base64url');
}
