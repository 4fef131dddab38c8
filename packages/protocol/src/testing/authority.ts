import 'reflect-metadata';
import { BasicConstraintsExtension, SubjectAlternativeNameExtension, X509CertificateGenerator } from '@peculiar/x509';
import type { TlsIdentity } from '../tls.ts';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const term = { notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + 3_600_000) };

/** A new authority, which makes certificates for loopback. */
export async function testAuthority(): Promise<{ identity(): Promise<TlsIdentity> }> {
  const own = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const root = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=authority',
    ...term,
    signingAlgorithm: algorithm,
    keys: own,
    extensions: [new BasicConstraintsExtension(true, undefined, true)],
  });
  return {
    async identity() {
      const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
      const certificate = await X509CertificateGenerator.create({
        subject: 'CN=part',
        issuer: root.subject,
        ...term,
        signingAlgorithm: algorithm,
        publicKey: keys.publicKey,
        signingKey: own.privateKey,
        extensions: [new SubjectAlternativeNameExtension([{ type: 'dns', value: 'localhost' }])],
      });
      const pkcs8 = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
      return {
        authority: Buffer.from(root.toString('pem')),
        certificate: Buffer.from(certificate.toString('pem')),
        key: Buffer.from(`-----BEGIN PRIVATE KEY-----\n${pkcs8}\n-----END PRIVATE KEY-----\n`),
      };
    },
  };
}
