import { createDecipheriv, createPublicKey, diffieHellman, hash, hkdfSync, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { Settings, Ticket } from './wire.ts';
import type { ReceivedLoad } from './read-load.ts';
import { LoadError, decodeFrames } from './wire.ts';

/** A load whose signature, binding and every digest hold. */
export interface VerifiedLoad {
  ticket: Ticket;
  settings: Settings;
  bundle: Buffer;
  assets: Buffer;
  cache: Buffer;
}

/** Who this instance is and what it trusts. */
export interface VerifyOptions {
  instance: string;
  ticketKey: KeyObject;
  /** X25519 private key; settings must be sealed when it is there. */
  sealing?: { privateKey: KeyObject; publicKey: Buffer };
  nowMs: number;
}

/** The key that tickets are checked with, of a raw Ed25519 public key in base64url. */
export function ticketKey(publicKey: string): KeyObject {
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: publicKey }, format: 'jwk' });
}

/** Checks a load call before anything of it is used; throws LoadError. */
export function verifyLoad({ body, digests }: ReceivedLoad, options: VerifyOptions): VerifiedLoad {
  const [ticketBytes, signature, settingsPart, bundle, assets, cache] = decodeFrames(body, 6) as [
    Buffer,
    Buffer,
    Buffer,
    Buffer,
    Buffer,
    Buffer,
  ];
  if (signature.length !== 64 || !verify(null, ticketBytes, options.ticketKey, signature))
    throw new LoadError('InvalidTicket', 'The signature of the ticket does not hold.');
  const ticket = parse<Ticket>(ticketBytes, 'InvalidTicket');
  if (ticket.instance !== options.instance) throw new LoadError('InvalidTicket', 'The ticket is for another instance.');
  if (!(ticket.expiresAtMs > options.nowMs)) throw new LoadError('InvalidTicket', 'The ticket has expired.');
  const settings = options.sealing ? unseal(settingsPart, options.sealing) : settingsPart;
  assertDigest('settings', settings, ticket.settingsDigest);
  assertDigest('bundle', bundle, ticket.bundleDigest, digests.get(3));
  assertDigest('assets', assets, ticket.assetsDigest, digests.get(4));
  assertDigest('cache', cache, ticket.cacheDigest, digests.get(5));
  return { ticket, settings: parse<Settings>(settings, 'InvalidSettings'), bundle, assets, cache };
}

function assertDigest(part: string, bytes: Buffer, digest: string, known?: string): void {
  // An absent part may be named by an empty digest: there are then no bytes that it could bind.
  if (bytes.length === 0 && !digest) return;
  if (`sha256:${known ?? hash('sha256', bytes)}` !== digest)
    throw new LoadError('DigestMismatch', `The ${part} is not what the ticket was signed for.`);
}

function parse<T>(bytes: Buffer, code: 'InvalidTicket' | 'InvalidSettings'): T {
  try {
    const value: unknown = JSON.parse(bytes.toString());
    if (typeof value === 'object' && value !== null) return value as T;
  } catch {
    // Answered below: the parser's message may quote a secret.
  }
  throw new LoadError(code, 'It is not a JSON object.');
}

function unseal(sealed: Buffer, own: { privateKey: KeyObject; publicKey: Buffer }): Buffer {
  try {
    const ephemeral = sealed.subarray(0, 32);
    const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x: ephemeral.toString('base64url') }, format: 'jwk' });
    const shared = diffieHellman({ privateKey: own.privateKey, publicKey });
    const key = hkdfSync('sha256', shared, Buffer.concat([ephemeral, own.publicKey]), 'openfunction settings v1', 32);
    const open = createDecipheriv('aes-256-gcm', Buffer.from(key), sealed.subarray(32, 44), { authTagLength: 16 });
    open.setAuthTag(sealed.subarray(-16));
    return Buffer.concat([open.update(sealed.subarray(44, -16)), open.final()]);
  } catch {
    throw new LoadError('InvalidSettings', 'The sealed settings do not open with the key of this instance.');
  }
}
