import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import type { TarEntry } from '@openfunction/artifact';

/** The user that everything in a cluster runs as. */
export const imageUser = 65_532;

const file = (path: string, bytes: Uint8Array | string, executable = false): TarEntry => ({
  path,
  kind: 'file',
  bytes: Buffer.from(bytes),
  executable,
});

/** What the dynamic loader needs for a program, as it names them. */
function libraries(program: string): string[] {
  const lines = execFileSync('ldd', [program], { encoding: 'utf8' }).split('\n');
  return lines.flatMap((line) => /(?:=> )?(\/\S+) \(0x/.exec(line)?.[1] ?? []);
}

/** The smallest root file system in which this very Node runs. */
export function nodeFiles(): TarEntry[] {
  const passwd = `root:x:0:0:root:/:/sbin/nologin\nopenfunction:x:${imageUser}:${imageUser}:openfunction:/tmp:/sbin/nologin\n`;
  return [
    file('usr/local/bin/node', readFileSync(process.execPath), true),
    ...libraries(process.execPath).map((path) => file(path.slice(1), readFileSync(path), true)),
    file('etc/passwd', passwd),
    file('etc/group', `root:x:0:\nopenfunction:x:${imageUser}:\n`),
    file('etc/nsswitch.conf', 'hosts: files dns\n'),
    // Node has them built in; they are for what a function may start.
    file('etc/ssl/certs/ca-certificates.crt', rootCertificates.map((one) => `${one}\n`).join('')),
    { path: 'tmp', kind: 'folder' },
    { path: 'work', kind: 'folder' },
  ];
}
