import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { TarEntry } from '@openfunction/artifact';
import { BuildError } from './build-error.ts';

const left = new Set(['node_modules', '.git', '.npmrc', '.env']);
const code = /\.(?:[cm]?[jt]sx?|map|md|markdown|flow)$|(?:^|\/)(?:LICEN[CS]E[^/]*|README[^/]*|CHANGELOG[^/]*|tests?\/.*|docs?\/.*)$/i;
const limits = { bytes: 128 << 20, entries: 20_000 };

/** The files beside the source, for what a function reads at run time; without dependencies, history, secrets and links. */
export function collectAssets(dir: string): Promise<TarEntry[]> {
  return collect(dir, '', () => true);
}

/**
 * Of the packages whose code asks where it lies, the files that are not code: it is going to read some of them.
 * `readers` are files of such code, as POSIX paths below `dir`.
 */
export async function dependencyAssets(dir: string, readers: readonly string[]): Promise<TarEntry[]> {
  const packages = new Set(readers.flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0] ?? []));
  const found = await Promise.all([...packages].map((folder) => collect(dir, folder, (path) => !code.test(path.slice(folder.length + 1)))));
  return found.flat();
}

async function collect(dir: string, root: string, isWanted: (path: string) => boolean): Promise<TarEntry[]> {
  const entries: TarEntry[] = [];
  let bytes = 0;
  const visit = async (folder: string): Promise<void> => {
    for (const child of await readdir(join(dir, folder), { withFileTypes: true })) {
      if (left.has(child.name)) continue;
      const path = folder === '' ? child.name : `${folder}/${child.name}`;
      if (child.isDirectory()) await visit(path);
      if (!child.isFile() || !isWanted(path)) continue;
      const { size, mode } = await stat(join(dir, path));
      bytes += size;
      if (bytes > limits.bytes || entries.length >= limits.entries)
        throw new BuildError(
          'SourceRefused',
          `"${root === '' ? 'The source' : root}" has more than ${limits.bytes} bytes or ${limits.entries} files to ship beside the code. Leave large files out.`,
        );
      entries.push({ path, kind: 'file', bytes: await readFile(join(dir, path)), executable: (mode & 0o100) !== 0 });
    }
  };
  await visit(root);
  return entries;
}
