import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { LoadError } from './wire.ts';

/** Where a relative name lies below a root; throws InvalidAssets when it would leave it. */
export function pathBelow(root: string, name: string): string {
  const normal = path.posix.normalize(name);
  if (!name || name.includes('\0') || path.posix.isAbsolute(name) || normal === '..' || normal.startsWith('../'))
    throw new LoadError('InvalidAssets', 'A file name leaves the work folder.');
  return path.join(root, normal);
}

/** Writes a tar of regular files and folders below a root; anything else in it is refused. */
export function extractTar(tar: Buffer, root: string, maxEntries = 20_000): void {
  let at = 0;
  for (let entries = 0; at + 512 <= tar.length; entries += 1) {
    const head = tar.subarray(at, at + 512);
    if (head[0] === 0) return;
    if (entries >= maxEntries) throw new LoadError('InvalidAssets', `The assets hold more than ${maxEntries} entries.`);
    const size = Number.parseInt(text(head, 124, 12).trim() || '0', 8);
    const prefix = text(head, 257, 5) === 'ustar' ? text(head, 345, 155) : '';
    const file = pathBelow(root, prefix ? `${prefix}/${text(head, 0, 100)}` : text(head, 0, 100));
    const type = head[156];
    const next = at + 512 + Math.ceil(size / 512) * 512;
    if (!(size >= 0) || next > tar.length) throw new LoadError('InvalidAssets', 'The assets end within an entry.');
    if (type === 0x35) mkdirSync(file, { recursive: true });
    else if (type === 0x30 || type === 0) {
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, tar.subarray(at + 512, at + 512 + size), {
        mode: Number.parseInt(text(head, 100, 8).trim() || '644', 8) & 0o100 ? 0o755 : 0o644,
      });
    } else throw new LoadError('InvalidAssets', 'The assets hold something that is neither a file nor a folder.');
    at = next;
  }
}

function text(head: Buffer, from: number, length: number): string {
  const field = head.subarray(from, from + length);
  const end = field.indexOf(0);
  return field.subarray(0, end < 0 ? length : end).toString();
}
