import { createCipheriv, createPublicKey, diffieHellman, generateKeyPairSync, hkdfSync, randomBytes } from 'node:crypto';

/**
 * Settings that only the instance with this X25519 key (base64url) can open: the ephemeral public key (32 bytes),
 * the nonce (12), the ciphertext and the AES-256-GCM tag (16).
 */
export function sealSettings(settings: Uint8Array, sealingKey: string): Uint8Array {
  const recipient = createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x: sealingKey }, format: 'jwk' });
  const own = generateKeyPairSync('x25519');
  const ephemeral = Buffer.from(own.publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
  const shared = diffieHellman({ privateKey: own.privateKey, publicKey: recipient });
  const salt = Buffer.concat([ephemeral, Buffer.from(sealingKey, 'base64url')]);
  const key = Buffer.from(hkdfSync('sha256', shared, salt, 'openfunction settings v1', 32));
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 });
  return Buffer.concat([ephemeral, nonce, cipher.update(settings), cipher.final(), cipher.getAuthTag()]);
}
