import { closeSync, constants, fstatSync, openSync, renameSync, writeFileSync, writeSync } from 'node:fs';

const pageBytes = 4096;

/**
 * Replaces the JSON in a file, so that there is the old or the new whenever this process is ended. What fits into a page is
 * written over what was there, filled up with spaces, and so in one piece: where many instances start, a file made anew for
 * each change is about a tenth of what control does, for file systems look past the numbers of those that were just removed.
 */
export function replaceFile(path: string, json: string): void {
  if (overwrite(path, Buffer.from(json))) return;
  writeFileSync(`${path}.new`, json, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** False when there is more than a page, before or now. */
function overwrite(path: string, bytes: Buffer): boolean {
  if (bytes.length > pageBytes) return false;
  const page = Buffer.alloc(pageBytes, ' ');
  page.set(bytes);
  const file = openSync(path, constants.O_WRONLY | constants.O_CREAT, 0o600);
  try {
    return fstatSync(file).size <= pageBytes && writeSync(file, page) === pageBytes;
  } finally {
    closeSync(file);
  }
}
