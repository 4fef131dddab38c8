import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeSource, type Digest } from '@openfunction/artifact';
import { BuildError } from '../build-error.ts';

/** Uploads that wait for the build that names them, by the digest that they have in a registry. */
export interface HeldSources {
  put(tar: Uint8Array): Promise<Digest>;
  get(digest: Digest): Promise<Uint8Array | undefined>;
}

export interface HeldSourcesOptions {
  /** A folder of its own. */
  dir: string;
  now: () => number;
  /** The one that came longest ago goes first. Default 1 GiB. */
  maxBytes?: number;
  /** After so long nobody is going to name it. Default one hour. */
  maxAgeMs?: number;
}

const name = /^[0-9a-f]{64}$/;

export function heldSources({ dir, now, maxBytes = 1 << 30, maxAgeMs = 3_600_000 }: HeldSourcesOptions): HeldSources {
  let writing: Promise<unknown> = Promise.resolve();
  const pathOf = (digest: Digest): string => join(dir, digest.slice('sha256:'.length));

  const write = async (digest: Digest, tar: Uint8Array): Promise<void> => {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    await makeRoom(dir, { bytes: maxBytes - tar.length, newerThan: now() - maxAgeMs });
    const temporary = join(dir, `.${randomBytes(8).toString('hex')}`);
    try {
      await writeFile(temporary, tar, { mode: 0o600 });
      await utimes(temporary, now() / 1000, now() / 1000);
      await rename(temporary, pathOf(digest));
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  };

  return {
    put: async (tar) => {
      if (tar.length > maxBytes)
        throw new BuildError('SourceRefused', `The source is larger than the ${maxBytes} bytes that are kept. Leave large files out.`);
      const { digest } = encodeSource(tar);
      // One after the other, so that each counts what the one before has left.
      const done = writing.catch(() => undefined).then(() => write(digest, tar));
      writing = done;
      await done;
      return digest;
    },
    get: async (digest) => {
      const tar = await readFile(pathOf(digest)).catch(() => undefined);
      // What was damaged is not there.
      return tar !== undefined && encodeSource(tar).digest === digest ? tar : undefined;
    },
  };
}

/** Removes what is too old, what a crash left half written, and then the oldest, until no more than `bytes` are left. */
async function makeRoom(dir: string, { bytes, newerThan }: { bytes: number; newerThan: number }): Promise<void> {
  const files = await Promise.all(
    (await readdir(dir)).map(async (file) => {
      const { size, mtimeMs } = await stat(join(dir, file));
      return { file, size, mtimeMs };
    }),
  );
  let left = bytes;
  for (const { file, size, mtimeMs } of files.toSorted((a, b) => b.mtimeMs - a.mtimeMs)) {
    left -= size;
    if (left < 0 || mtimeMs < newerThan || !name.test(file)) await rm(join(dir, file), { force: true });
  }
}
