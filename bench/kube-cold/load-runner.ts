import {
  createCipheriv,
  createHash,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  randomBytes,
  sign,
  type KeyObject,
} from 'node:crypto';
import { request } from 'node:http';
import type { Instance } from '@openfunction/workload';

const sha256 = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

function sealed(settings: Uint8Array, sealingKey: string): Buffer {
  const own = generateKeyPairSync('x25519');
  const ephemeral = Buffer.from(own.publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
  const recipient = createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x: sealingKey }, format: 'jwk' });
  const salt = Buffer.concat([ephemeral, Buffer.from(sealingKey, 'base64url')]);
  const shared = diffieHellman({ privateKey: own.privateKey, publicKey: recipient });
  const key = Buffer.from(hkdfSync('sha256', shared, salt, 'openfunction settings v1', 32));
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 });
  return Buffer.concat([ephemeral, nonce, cipher.update(settings), cipher.final(), cipher.getAuthTag()]);
}

function framed(part: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(part.length);
  return Buffer.concat([length, part]);
}

/** The load call of docs/runner-protocol.md, without anything of the platform around it. */
export async function loadRunner(instance: Instance, bundle: Uint8Array, key: KeyObject): Promise<void> {
  const control = instance.endpoints?.control;
  if (control?.kind !== 'tcp') throw new Error(`The instance ${instance.id} is reached by no address.`);
  const settings = Buffer.from(
    JSON.stringify({
      functionNamespace: 'default',
      functionName: 'floor',
      target: 'hello',
      signature: 'http',
      format: 'cjs',
      entry: 'index.js',
      env: {},
      concurrency: 100,
    }),
  );
  const ticket = Buffer.from(
    JSON.stringify({
      instance: instance.id,
      serving: 'default/floor',
      functionUid: 'floor',
      generation: 1,
      bundleDigest: sha256(bundle),
      assetsDigest: '',
      cacheDigest: '',
      settingsDigest: sha256(settings),
      expiresAtMs: Date.now() + 60_000,
      nonce: randomBytes(16).toString('base64url'),
    }),
  );
  const empty = new Uint8Array();
  const parts = [ticket, sign(null, ticket, key), sealed(settings, instance.sealingKey ?? ''), bundle, empty, empty];
  const body = Buffer.concat(parts.map(framed));
  const answer = await new Promise<string>((resolve, reject) => {
    const sent = request({
      host: control.host,
      port: control.port,
      method: 'POST',
      path: '/v1/load',
      agent: false,
      headers: { 'content-length': body.length },
    });
    sent.on('error', reject);
    sent.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve(text));
    });
    sent.end(body);
  });
  if ((JSON.parse(answer) as { loaded?: boolean }).loaded !== true) throw new Error(`The runner did not load: ${answer}`);
}
