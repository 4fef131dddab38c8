import { createDecipheriv, createPublicKey, diffieHellman, generateKeyPairSync, hkdfSync } from 'node:crypto';
import { expect, it } from 'vitest';
import { sealSettings } from './seal.ts';

it('seals settings so that the instance alone can open them', () => {
  const instance = generateKeyPairSync('x25519');
  const x = instance.publicKey.export({ format: 'jwk' }).x!;
  const sealed = Buffer.from(sealSettings(Buffer.from('{"env":{}}'), x));
  const ephemeral = sealed.subarray(0, 32);
  const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x: ephemeral.toString('base64url') }, format: 'jwk' });
  const shared = diffieHellman({ privateKey: instance.privateKey, publicKey });
  const salt = Buffer.concat([ephemeral, Buffer.from(x, 'base64url')]);
  const key = Buffer.from(hkdfSync('sha256', shared, salt, 'openfunction settings v1', 32));
  const open = createDecipheriv('aes-256-gcm', key, sealed.subarray(32, 44), { authTagLength: 16 });
  open.setAuthTag(sealed.subarray(-16));
  expect(Buffer.concat([open.update(sealed.subarray(44, -16)), open.final()]).toString()).toBe('{"env":{}}');
});
