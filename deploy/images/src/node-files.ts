import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import type { TarEntry } from '@openfunction/artifact';
import { ownNode, type NodeProgram } from './node-program.ts';

/** The user that everything in a cluster runs as. */
export const imageUser = 65_532;

const file = (path: string, bytes: Uint8Array | string, executable = false): TarEntry => ({
  path,
  kind: 'file',
  bytes: Buffer.from(bytes),
  executable,
});

/** The smallest root file system in which a Node runs: this very one unless told otherwise. */
export function nodeFiles({ node, libraries }: NodeProgram = ownNode()): TarEntry[] {
  const passwd = `root:x:0:0:root:/:/sbin/nologin\nopenfunction:x:${imageUser}:${imageUser}:openfunction:/tmp:/sbin/nologin\n`;
  return [
    file('usr/local/bin/node', readFileSync(node), true),
    ...Object.entries(libraries).map(([to, from]) => file(to, readFileSync(from), true)),
    file('etc/passwd', passwd),
    file('etc/group', `root:x:0:\nopenfunction:x:${imageUser}:\n`),
    file('etc/nsswitch.conf', 'hosts: files dns\n'),
    // Node has them built in; they are for what a function may start.
    file('etc/ssl/certs/ca-certificates.crt', rootCertificates.map((one) => `${one}\n`).join('')),
    { path: 'tmp', kind: 'folder' },
    { path: 'work', kind: 'folder' },
  ];
}
