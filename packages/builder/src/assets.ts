import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { TarEntry } from '@openfunction/artifact';
import { BuildError } from './build-error.ts';

const left = new Set(['node_modules', '.git', '.npmrc', '.env']);

/** The files beside the source, for what a function reads at run time; without dependencies, history, secrets and links. */
export async function collectAssets(
  dir: string,
  limits: { bytes: number; entries: number } = { bytes: 128 << 20, entries: 20_000 },
): Promise<TarEntry[]> {
  const entries: TarEntry[] = [];
  let bytes = 0;
  const visit = async (folder: string): Promise<void> => {
    for (const child of await readdir(join(dir, folder), { withFileTypes: true })) {
      if (left.has(child.name)) continue;
      const path = folder === '' ? child.name : `${folder}/${child.name}`;
      if (child.isDirectory()) await visit(path);
      if (!child.isFile()) continue;
      const { size, mode } = await stat(join(dir, path));
      bytes += size;
      if (bytes > limits.bytes || entries.length >= limits.entries)
        throw new BuildError(
          'SourceRefused',
          `The source has more than ${limits.bytes} bytes or ${limits.entries} files beside its dependencies. Leave large files out.`,
        );
      entries.push({ path, kind: 'file', bytes: await readFile(join(dir, path)), executable: (mode & 0o100) !== 0 });
    }
  };
  await visit('');
  return entries;
}
