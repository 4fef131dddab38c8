import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Bytes that the files below a folder take, or more than `limit` as soon as that is certain. What vanishes meanwhile counts as nothing. */
export async function bytesBelow(dir: string, limit: number): Promise<number> {
  let sum = 0;
  const folders = [dir];
  for (let folder = folders.pop(); folder !== undefined && sum <= limit; folder = folders.pop()) {
    for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) folders.push(path);
      else if (entry.isFile()) sum += await allocated(path);
    }
  }
  return sum;
}

/** Blocks, not length: a file with holes takes what was written. */
async function allocated(path: string): Promise<number> {
  const found = await lstat(path).catch(() => undefined);
  return (found?.blocks ?? 0) * 512;
}
