import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import git from 'isomorphic-git';
import { normalisedPath } from '@openfunction/artifact';
import { BuildError } from '../build-error.ts';

export interface TreeOptions {
  repository: Pick<Parameters<typeof git.readTree>[0], 'fs' | 'gitdir' | 'cache'>;
  /** A new folder for the files. */
  into: string;
  log: (text: string) => void;
}

interface Writing extends TreeOptions {
  left: { bytes: number; entries: number };
}

const limits = { bytes: 256 << 20, entries: 20_000, depth: 64 };

/** Writes the files of a tree as they are in the repository: nothing that it says of attributes, filters or hooks has an effect. */
export async function writeTree(options: TreeOptions, oid: string): Promise<void> {
  await writeFolder({ ...options, left: { bytes: limits.bytes, entries: limits.entries } }, oid, '');
}

async function writeFolder(to: Writing, oid: string, folder: string): Promise<void> {
  if (folder.split('/').length > limits.depth) throw refused(`"${folder.slice(0, 200)}" lies too deep`);
  await mkdir(join(to.into, folder), { recursive: true });
  const { tree } = await git.readTree({ ...to.repository, oid });
  for (const entry of tree) {
    // What a repository calls its files is not believed: none of them may leave the folder.
    const path = normalisedPath(folder === '' ? entry.path : `${folder}/${entry.path}`);
    to.left.entries -= 1;
    if (to.left.entries < 0) throw refused(`it has more than ${limits.entries} files`);
    if (entry.type === 'commit')
      throw refused(`"${path}" is a submodule; copy its files into the repository, or install it as a dependency`);
    if (entry.type === 'tree') await writeFolder(to, entry.oid, path);
    else if (entry.mode === '120000') to.log(`Left out the link ${path}\n`);
    else await writeBlob(to, entry.oid, path, entry.mode === '100755');
  }
}

async function writeBlob(to: Writing, oid: string, path: string, isExecutable: boolean): Promise<void> {
  const { blob } = await git.readBlob({ ...to.repository, oid });
  to.left.bytes -= blob.length;
  if (to.left.bytes < 0) throw refused(`its files have more than ${limits.bytes} bytes`);
  await mkdir(join(to.into, dirname(path)), { recursive: true });
  await writeFile(join(to.into, path), blob, { flag: 'wx', mode: isExecutable ? 0o755 : 0o644 });
}

function refused(why: string): BuildError {
  return new BuildError('SourceRefused', `The repository is refused: ${why}. Correct the repository, or srcRepo.sourceSubPath.`);
}
