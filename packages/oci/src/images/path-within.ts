import { lstatSync, mkdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { ArtifactError } from '@openfunction/artifact';

const mostLinks = 40;

/**
 * Where a path of an image lies below `root`, as it would for a process whose root that is: links on the way are followed, and
 * lead nowhere else. The last part is taken as it is. Folders on the way that are missing are made.
 */
export function pathWithin(root: string, path: string): string {
  const parts = partsOf(path);
  const last = parts.pop();
  if (last === undefined) return root;
  return join(folderWithin(root, parts), last);
}

/** The folder itself, links followed to the end. */
export function folderWithin(root: string, parts: readonly string[]): string {
  const todo = [...parts];
  let at: string[] = [];
  let links = 0;
  for (let part = todo.shift(); part !== undefined; part = todo.shift()) {
    if (part === '..') at = at.slice(0, -1);
    if (part === '..' || part === '.' || part === '') continue;
    const here = join(root, ...at, part);
    const found = lstatSync(here, { throwIfNoEntry: false });
    if (found === undefined) mkdirSync(here, { mode: 0o755 });
    if (found?.isSymbolicLink() === true) {
      links += 1;
      if (links > mostLinks) throw corrupt(`"${parts.join('/')}" leads through too many links`);
      const target = readlinkSync(here);
      if (target.startsWith('/')) at = [];
      todo.unshift(...target.split('/'));
      continue;
    }
    if (found !== undefined && !found.isDirectory()) throw corrupt(`"${parts.join('/')}" leads through something that is no folder`);
    at.push(part);
  }
  return join(root, ...at);
}

/** The parts of an entry's name; one that would leave the image is refused. */
export function partsOf(name: string): string[] {
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..') || name.includes('\0')) throw corrupt(`the name "${name.slice(0, 200)}" leaves the image`);
  return parts;
}

export function corrupt(why: string): ArtifactError {
  return new ArtifactError('ArtifactCorrupt', `The image cannot be unpacked: ${why}. Build it again, or use another one.`);
}
