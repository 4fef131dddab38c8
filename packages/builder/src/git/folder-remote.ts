import { realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BuildError } from '../build-error.ts';
import type { SourceRules } from '../fetch/source-rules.ts';

/** Where the objects of a repository of this machine lie; throws BuildError unless it is below an allowed folder, links followed. */
export async function folderRemote(url: URL, { folders }: SourceRules): Promise<string> {
  const path = await realpath(fileURLToPath(url)).catch(() => undefined);
  const allowed = await Promise.all(folders.map((folder) => realpath(folder).catch(() => folder)));
  if (path === undefined || !allowed.some((folder) => isBelow(folder, path)))
    throw new BuildError(
      'SourceRefused',
      `The source "${url.href}" is refused: it is not there, or lies below no allowed folder (${folders.join(', ')}). Correct srcRepo.url.`,
    );
  const inner = join(path, '.git');
  return (await isFolder(inner)) ? inner : path;
}

function isBelow(folder: string, path: string): boolean {
  const inside = relative(folder, path);
  return !inside.startsWith('..') && !isAbsolute(inside);
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}
