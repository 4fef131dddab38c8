import { createCipheriv, createHash, createPublicKey, diffieHellman, generateKeyPairSync, hkdfSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { expect, test } from 'vitest';
import { verifyLoad } from './verify-load.ts';
import { encodeFrames } from './wire.ts';

const raw = (key: KeyObject): Buffer => Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url');

function sealedLoad(change: (sealed: Buffer) => void): () => unknown {
  const signer = generateKeyPairSync('ed25519');
  const own = generateKeyPairSync('x25519');
  const ephemeral = generateKeyPairSync('x25519');
  const plain = Buffer.from('{"target":"f"}');
  const shared = diffieHellman({
    privateKey: ephemeral.privateKey,
    publicKey: createPublicKey(own.publicKey.export({ type: 'spki', format: 'pem' })),
  });
  const key = hkdfSync('sha256', shared, Buffer.concat([raw(ephemeral.publicKey), raw(own.publicKey)]), 'openfunction settings v1', 32);
  const nonce = Buffer.alloc(12, 7);
  const seal = createCipheriv('aes-256-gcm', Buffer.from(key), nonce);
  const sealed = Buffer.concat([raw(ephemeral.publicKey), nonce, seal.update(plain), seal.final(), seal.getAuthTag()]);
  change(sealed);
  const settingsDigest = `sha256:${createHash('sha256').update(plain).digest('hex')}`;
  const ticket = Buffer.from(JSON.stringify({ instance: 'i', expiresAtMs: 2, settingsDigest }));
  const none = Buffer.alloc(0);
  const body = encodeFrames([ticket, sign(null, ticket, signer.privateKey), sealed, none, none, none]);
  return () =>
    verifyLoad(
      { body, digests: new Map() },
      { instance: 'i', ticketKey: signer.publicKey, sealing: { privateKey: own.privateKey, publicKey: raw(own.publicKey) }, nowMs: 1 },
    );
}

test('sealed settings open with the key of the instance', () => {
  expect(sealedLoad(() => undefined)()).toMatchObject({ settings: { target: 'f' } });
});

test('sealed settings with one changed byte are refused', () => {
  expect(sealedLoad((sealed) => sealed.writeUInt8(sealed.readUInt8(50) ^ 1, 50))).toThrow(/do not open/);
});
