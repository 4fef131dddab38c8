import type { X509Certificate } from 'node:crypto';
import type { Secret } from '@openfunction/resources';
import type { CertificateSecrets } from './certificate-secrets.ts';
import { certificatesIn, issue, newAuthority, type Issued } from './issue.ts';
import { planCertificates, type Authorities, type Authority, type Leaf } from './plan.ts';

export interface RenewOptions {
  secrets: CertificateSecrets;
  /** Name of the Secret with the authority that signs. */
  authority: string;
  /** Others than the leaves believe the authority, so another one is brought in elsewhere. Default: it is replaced here. */
  isGiven?: boolean;
  /** Name of a Secret of the chart → the host names of its certificate. */
  leaves: Readonly<Record<string, readonly string[]>>;
  days: number;
  now: number;
}

const since = 'openfunction.io/since';
const files = { signing: 'ca', next: 'next', old: 'old' } as const;

const read = (secret: Secret, name: string): string => Buffer.from(secret.data?.[name] ?? '', 'base64').toString();
const encoded = (data: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(data).map(([name, text]) => [name, Buffer.from(text).toString('base64')]));

function authorityOf(certificate: X509Certificate): Authority {
  return { id: certificate.fingerprint256, ...termOf(certificate) };
}

function termOf({ validFromDate, validToDate }: X509Certificate): { notBefore: number; notAfter: number } {
  return { notBefore: validFromDate.getTime(), notAfter: validToDate.getTime() };
}

function leafOf(name: string, secret: Secret, authorities: readonly X509Certificate[]): Leaf {
  const believed = certificatesIn(read(secret, 'ca.crt'));
  const [certificate] = certificatesIn(read(secret, 'tls.crt'));
  const issuer = [...authorities, ...believed].find((one) => certificate?.verify(one.publicKey) === true);
  return {
    name,
    issuer: issuer?.fingerprint256 ?? '',
    believes: believed.map(({ fingerprint256 }) => fingerprint256),
    ...(certificate === undefined ? { notBefore: 0, notAfter: 0 } : termOf(certificate)),
  };
}

/** Takes the certificates of an authority one step further; answers what it wrote. Nothing is written when nothing is due. */
export async function renewCertificates(options: RenewOptions): Promise<string[]> {
  const { now } = options;
  const { get, put } = options.secrets;
  const own = await get(options.authority);
  if (own === undefined) return [];
  const secrets = new Map<string, Secret>();
  for (const name of Object.keys(options.leaves)) {
    const secret = await get(name);
    if (secret !== undefined) secrets.set(name, secret);
  }
  const pairs = new Map<string, Issued>();
  const authorities: Authorities = { since: Date.parse(own.metadata.annotations?.[since] ?? '') || 0, areGiven: options.isGiven };
  const known: X509Certificate[] = [];
  for (const [role, file] of Object.entries(files) as ['signing' | 'next' | 'old', string][]) {
    const [certificate] = certificatesIn(read(own, `${file}.crt`));
    if (certificate === undefined) continue;
    known.push(certificate);
    authorities[role] = authorityOf(certificate);
    pairs.set(certificate.fingerprint256, { certificate: certificate.toString(), key: read(own, `${file}.key`) });
  }
  // An install whose authority's key was never kept: what its certificates believe is the old one.
  const [believed] = certificatesIn(read([...secrets.values()][0] ?? own, 'ca.crt'));
  if (authorities.signing === undefined && authorities.old === undefined && believed !== undefined) {
    authorities.old = authorityOf(believed);
    pairs.set(believed.fingerprint256, { certificate: believed.toString(), key: '' });
  }
  const leaves = [...secrets].map(([name, secret]) => leafOf(name, secret, known));
  const first = planCertificates(authorities, leaves, now);
  if (first.next === 'new') {
    const made = await newAuthority(now);
    const [certificate] = certificatesIn(made.certificate);
    if (certificate !== undefined) {
      pairs.set(certificate.fingerprint256, made);
      authorities.next = authorityOf(certificate);
      authorities.since = now;
    }
  }
  // Again with the new one in its place.
  const plan = first.next === 'new' ? planCertificates(authorities, leaves, now) : first;
  const written: string[] = [];
  if (first.changes) {
    const data: Record<string, string> = {};
    for (const [role, file] of Object.entries(files) as ['signing' | 'next' | 'old', string][]) {
      const pair = pairs.get(plan[role] ?? '');
      if (pair === undefined) continue;
      data[`${file}.crt`] = pair.certificate;
      if (role !== 'old') data[`${file}.key`] = pair.key;
    }
    const annotations = { ...own.metadata.annotations, [since]: new Date(now).toISOString() };
    await put({ ...own, metadata: { ...own.metadata, annotations }, data: encoded(data) });
    written.push(options.authority);
  }
  const bundle = [plan.signing, plan.next, plan.old].map((id) => pairs.get(id ?? '')?.certificate.trim() ?? '').join('\n');
  for (const [name, secret] of secrets) {
    if (!plan.issue.includes(name) && !plan.rewrite.includes(name)) continue;
    const authority = pairs.get(plan.signing ?? '');
    const hosts = options.leaves[name] ?? [];
    const issued = plan.issue.includes(name) && authority !== undefined ? await issue({ ...options, authority, hosts }) : undefined;
    const own: Record<string, string> = issued === undefined ? {} : { 'tls.crt': issued.certificate, 'tls.key': issued.key };
    await put({ ...secret, data: { ...secret.data, ...encoded({ 'ca.crt': bundle, ...own }) } });
    written.push(name);
  }
  return written;
}
