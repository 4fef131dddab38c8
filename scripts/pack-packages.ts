import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';

export interface PackedPackage {
  name: string;
  tarball: string;
}

const root = path.resolve(import.meta.dirname, '..');

/** Packs every public package of the workspace into `folder`, as it would be published. */
export function packPackages(folder: string): PackedPackage[] {
  return globSync('{packages,apps}/*/package.json', { cwd: root })
    .toSorted()
    .flatMap((file) => {
      const manifest = JSON.parse(readFileSync(path.join(root, file), 'utf8')) as { name: string; private?: boolean };
      return manifest.private === true ? [] : [pack(manifest.name, path.join(root, path.dirname(file)), folder)];
    });
}

function pack(name: string, from: string, folder: string): PackedPackage {
  const tarball = path.join(folder, `${name.replace('@', '').replace('/', '-')}.tgz`);
  // From the root: a package may depend on a pnpm of its own, which a search path relative to the folder would find.
  const { status, stdout, stderr } = spawnSync('pnpm', ['--dir', from, 'pack', '--out', tarball, '--silent'], {
    cwd: root,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${name}: pnpm pack failed: ${stderr || stdout}`);
  return { name, tarball };
}
