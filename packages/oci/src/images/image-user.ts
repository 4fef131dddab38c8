import { closeSync, constants, lstatSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ArtifactError } from '@openfunction/artifact';

/** The numbers by which a kernel knows a user. */
export interface UserIds {
  uid: number;
  gid: number;
}

const mostId = 2_147_483_647;

/** Whom an image names as its user: by number, or by a name of its own files. None named is root. */
export function imageUser(user: string, root: string): UserIds {
  const [name = '', group] = user.split(':');
  const known = linesOf(root, 'passwd').find(([login, , id]) => login === name || (isId(name) && id === name));
  const uid = name === '' ? 0 : isId(name) ? Number(name) : idIn(known?.[2]);
  if (uid === undefined) throw unknown(`the user "${name}"`, 'passwd');
  if (group === undefined || group === '') return { uid, gid: idIn(known?.[3]) ?? 0 };
  const gid = isId(group) ? Number(group) : idIn(linesOf(root, 'group').find(([called]) => called === group)?.[2]);
  if (gid === undefined) throw unknown(`the group "${group}"`, 'group');
  return { uid, gid };
}

function isId(text: string): boolean {
  return /^\d{1,10}$/.test(text) && Number(text) <= mostId;
}

function idIn(text: string | undefined): number | undefined {
  return text !== undefined && isId(text) ? Number(text) : undefined;
}

function unknown(whom: string, file: string): ArtifactError {
  const message = `The image is to run as ${whom}, whom its /etc/${file} does not have. Build it with that entry, or name a number.`;
  return new ArtifactError('ArtifactCorrupt', message);
}

/** The fields of each line. A link could lead out of the image, so none is followed. */
function linesOf(root: string, name: string): string[][] {
  if (lstatSync(join(root, 'etc'), { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  let file: number;
  try {
    file = openSync(join(root, 'etc', name), constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch {
    return [];
  }
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .map((line) => line.split(':'));
  } finally {
    closeSync(file);
  }
}
