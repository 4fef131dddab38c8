import { closeSync, constants, fstatSync, openSync, readlinkSync } from 'node:fs';

// Of Linux, which node:fs has no name for: the file itself, without a right to read it.
const O_PATH = 0o10000000;
const nowhere = '/proc/self/fd/none';

/** What a path leads to, opened so that it stays what it is; the file is absent where nothing has to be, or could be, opened. */
export function openInstanceSocket(path: string): { path: string; file?: number } {
  if (process.platform !== 'linux') return { path };
  let file: number;
  try {
    file = openSync(path, O_PATH | constants.O_NOFOLLOW);
  } catch {
    return { path: nowhere };
  }
  try {
    const opened = `/proc/self/fd/${file}`;
    return { path: fstatSync(file).isSocket() && readlinkSync(opened) === path ? opened : nowhere, file };
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

/**
 * Connects to a Unix socket that an instance made where it may put anything else in its place: a link there would have the
 * platform talk, with its own rights, to a socket that the instance cannot reach. `connect` gets a path that is good during
 * the call only, and leads nowhere unless `path`, which has no link in it, is what it says. Where a system cannot
 * tell, no sandbox keeps an instance from sockets either.
 */
export function withInstanceSocket<Connection>(path: string, connect: (path: string) => Connection): Connection {
  const opened = openInstanceSocket(path);
  try {
    // What is open stays what it is, so nothing can change between the look at it and the connection.
    return connect(opened.path);
  } finally {
    if (opened.file !== undefined) closeSync(opened.file);
  }
}
