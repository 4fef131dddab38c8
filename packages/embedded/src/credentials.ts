import { createPrivateKey, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { DataFolder } from './data-folder.ts';

export interface Credentials {
  certificate: string;
  certificateKey: string;
  token: string;
  /** Ed25519; signs the tickets that instances accept. */
  ticketKey: KeyObject;
  /** Of the tokens that functions and their runtime of building blocks show each other. */
  messagesKey: Uint8Array;
}

const TEN_YEARS_MS = 10 * 365 * 24 * 3600 * 1000;

/** Reads the platform's own keys, and makes those that are missing. Each is readable by its owner alone. */
export async function credentials(folder: DataFolder, now: number): Promise<Credentials> {
  if (!existsSync(folder.certificate) || !existsSync(folder.certificateKey)) {
    const made = await selfSigned(now);
    writeSecret(folder.certificateKey, made.key);
    writeSecret(folder.certificate, made.certificate);
  }
  if (!existsSync(folder.token)) writeSecret(folder.token, randomBytes(32).toString('base64url'));
  if (!existsSync(folder.ticketKey)) {
    const { privateKey } = generateKeyPairSync('ed25519');
    writeSecret(folder.ticketKey, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  }
  if (!existsSync(folder.messagesKey)) writeSecret(folder.messagesKey, randomBytes(32).toString('base64url'));
  return {
    certificate: readFileSync(folder.certificate, 'utf8'),
    certificateKey: readFileSync(folder.certificateKey, 'utf8'),
    token: readFileSync(folder.token, 'utf8'),
    ticketKey: createPrivateKey(readFileSync(folder.ticketKey, 'utf8')),
    messagesKey: readFileSync(folder.messagesKey),
  };
}

/** A kubeconfig with the one cluster, user and context `ofn`. */
export function kubeconfig(server: string, made: Credentials): string {
  return JSON.stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'ofn',
      clusters: [{ name: 'ofn', cluster: { server, 'certificate-authority-data': Buffer.from(made.certificate).toString('base64') } }],
      users: [{ name: 'ofn', user: { token: made.token } }],
      contexts: [{ name: 'ofn', context: { cluster: 'ofn', user: 'ofn', namespace: 'default' } }],
    },
    null,
    2,
  );
}

async function selfSigned(now: number): Promise<{ certificate: string; key: string }> {
  // Loaded only when a certificate is made: a running platform need not carry it.
  await import('reflect-metadata');
  const x509 = await import('@peculiar/x509');
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  x509.cryptoProvider.set(globalThis.crypto);
  const keys = await globalThis.crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: randomBytes(8).toString('hex'),
    name: 'CN=openfunction',
    notBefore: new Date(now - 60_000),
    notAfter: new Date(now + TEN_YEARS_MS),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.SubjectAlternativeNameExtension([
        { type: 'dns', value: 'localhost' },
        { type: 'ip', value: '127.0.0.1' },
      ]),
    ],
  });
  const pkcs8 = Buffer.from(await globalThis.crypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  return {
    certificate: certificate.toString('pem'),
    key: `-----BEGIN PRIVATE KEY-----\n${pkcs8.match(/.{1,64}/g)?.join('\n')}\n-----END PRIVATE KEY-----\n`,
  };
}

function writeSecret(file: string, text: string): void {
  writeFileSync(file, text, { mode: 0o600 });
}
