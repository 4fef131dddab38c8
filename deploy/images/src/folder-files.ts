import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { TarEntry } from '@openfunction/artifact';

/** The regular files below a folder, as files of an image below `to`. */
export function folderFiles(from: string, to: string, keep: (path: string) => boolean = () => true): TarEntry[] {
  return readdirSync(from, { recursive: true, encoding: 'utf8' }).flatMap((path): TarEntry[] => {
    const stats = statSync(join(from, path));
    if (!stats.isFile() || !keep(path)) return [];
    return [{ path: join(to, path), kind: 'file', bytes: readFileSync(join(from, path)), executable: (stats.mode & 0o100) !== 0 }];
  });
}
