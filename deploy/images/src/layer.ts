import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { digestOf, writeTar, type Digest, type TarEntry } from '@openfunction/artifact';

export interface Layer {
  /** Of the compressed bytes, and of the plain ones. */
  digest: Digest;
  diffId: Digest;
  size: number;
  path: string;
}

function contentKey(entries: readonly TarEntry[]): string {
  const hash = createHash('sha256').update('layer 1\n');
  for (const entry of entries.toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
    const content = entry.kind === 'file' ? `${entry.executable === true} ${digestOf(entry.bytes)}` : 'folder';
    hash.update(`${entry.path}\0${content}\n`);
  }
  return hash.digest('hex');
}

/** The same files make the same layer; one that was made before is taken from the cache. */
export async function layerOf(entries: TarEntry[], cache: string): Promise<Layer> {
  mkdirSync(cache, { recursive: true });
  const key = contentKey(entries);
  const [path, facts] = [join(cache, `${key}.tar.gz`), join(cache, `${key}.json`)];
  if (!existsSync(facts)) {
    const tar = await writeTar(entries);
    const packed = gzipSync(tar, { level: 6 });
    // Under another name first, since somebody else may build the same.
    writeFileSync(`${path}.${process.pid}`, packed);
    renameSync(`${path}.${process.pid}`, path);
    const layer = { digest: digestOf(packed), diffId: digestOf(tar), size: packed.length };
    writeFileSync(`${facts}.${process.pid}`, JSON.stringify(layer));
    renameSync(`${facts}.${process.pid}`, facts);
  }
  return { ...(JSON.parse(readFileSync(facts, 'utf8')) as Omit<Layer, 'path'>), path };
}
