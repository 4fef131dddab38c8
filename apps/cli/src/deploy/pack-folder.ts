import { lstat, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { defaultTarLimits, writeTar, type TarEntry } from '@openfunction/artifact';
import ignore, { type Ignore } from 'ignore';
import { UsageError } from '../usage-error.ts';

/** Never part of a source, whatever `.gitignore` says. */
const never = ['.git', 'node_modules'];

/** A folder as a tar: regular files but for those that `.gitignore` at its top names. */
export async function packFolder(root: string): Promise<Uint8Array> {
  const ignored = ignore().add(never);
  const own = await readFile(path.join(root, '.gitignore'), 'utf8').catch(() => '');
  ignored.add(own);
  const entries: TarEntry[] = [];
  const left = { bytes: defaultTarLimits.bytes, entries: defaultTarLimits.entries };
  await collect({ root, below: '', ignored, entries, left });
  if (entries.length === 0) throw new UsageError(`There is no file to deploy in ${root}.`);
  return writeTar(entries);
}

interface Collecting {
  root: string;
  below: string;
  ignored: Ignore;
  entries: TarEntry[];
  left: { bytes: number; entries: number };
}

async function collect(state: Collecting): Promise<void> {
  const { root, below, ignored, entries, left } = state;
  for (const entry of await readdir(path.join(root, below), { withFileTypes: true })) {
    const name = below === '' ? entry.name : `${below}/${entry.name}`;
    if (ignored.ignores(entry.isDirectory() ? `${name}/` : name)) continue;
    if (entry.isDirectory()) {
      await collect({ ...state, below: name });
      continue;
    }
    if (!entry.isFile())
      throw new UsageError(
        `"${name}" is a link or a special file, which a source cannot have. Replace it by a file, or name it in .gitignore.`,
      );
    const { mode, size } = await lstat(path.join(root, name));
    left.bytes -= size;
    left.entries -= 1;
    if (left.bytes < 0 || left.entries < 0)
      throw new UsageError(
        `${root} is too large for a source: more than ${defaultTarLimits.entries} files, or ${defaultTarLimits.bytes >> 20} MiB. Name what is not needed in .gitignore.`,
      );
    entries.push({
      path: name,
      kind: 'file',
      bytes: await readFile(path.join(root, name)),
      ...((mode & 0o100) !== 0 ? { executable: true } : {}),
    });
  }
}
