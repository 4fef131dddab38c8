import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

// What an instance can write may be a link to what it cannot read, or a pipe that nobody ever writes to.
const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** The last bytes of a regular file, at most so many and none before `at`; anything else is empty. `from` is where they begin. */
export function readPart(path: string, { at = 0, maxBytes }: { at?: number; maxBytes: number }): { bytes: Buffer; from: number } {
  let file: number;
  try {
    file = openSync(path, flags);
  } catch {
    return { bytes: Buffer.alloc(0), from: 0 };
  }
  try {
    const found = fstatSync(file);
    if (!found.isFile()) return { bytes: Buffer.alloc(0), from: 0 };
    const from = Math.max(found.size < at ? 0 : at, found.size - maxBytes);
    const bytes = Buffer.alloc(found.size - from);
    return { bytes: bytes.subarray(0, readSync(file, bytes, 0, bytes.length, from)), from };
  } finally {
    closeSync(file);
  }
}
