import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TlsIdentity } from '@openfunction/protocol';

/** Reads a mounted `kubernetes.io/tls` Secret that also has its authority, as the chart makes them. */
export async function tlsIdentity(folder: string): Promise<TlsIdentity> {
  const [authority, certificate, key] = await Promise.all(['ca.crt', 'tls.crt', 'tls.key'].map((name) => readFile(join(folder, name))));
  return { authority: authority!, certificate: certificate!, key: key! };
}
