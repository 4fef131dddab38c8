import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readTar } from '@openfunction/artifact';

/** Writes the files of an untrusted tar below `into`, which must be new. */
export async function unpackTar(tar: Uint8Array, into: string): Promise<void> {
  await mkdir(into, { recursive: true });
  for await (const entry of readTar(tar)) {
    const path = join(into, entry.path);
    await mkdir(entry.kind === 'folder' ? path : dirname(path), { recursive: true });
    if (entry.kind === 'file') await writeFile(path, entry.bytes, { flag: 'wx', mode: entry.executable === true ? 0o755 : 0o644 });
  }
}
