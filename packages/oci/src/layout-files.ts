import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { assertWithin } from '@openfunction/artifact';

/** Names of what lies in it; temporary files begin with a dot, which no tag does. */
export function listFolder(path: string): string[] {
  try {
    return readdirSync(path).filter((name) => !name.startsWith('.'));
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** Writes a file that appears whole, by rename, and survives a power cut. */
export async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = join(dirname(path), `.${randomBytes(8).toString('hex')}`);
  await mkdir(dirname(path), { recursive: true });
  const file = await open(temporary, 'wx', 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
    await file.close();
    await rename(temporary, path);
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(temporary, { force: true });
    throw error;
  }
}

const smallFile = 1024 * 1024;

/** Undefined when there is none; throws when it is larger than `limit`. */
export async function readOptional(path: string, limit: number): Promise<Buffer | undefined> {
  try {
    const { size } = statSync(path);
    assertWithin(size, limit, path);
    // The way through the thread pool takes longer than reading a small file, and a cold start reads several.
    return size <= smallFile ? readFileSync(path) : await readFile(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
