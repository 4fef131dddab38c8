import { chmodSync, rmSync } from 'node:fs';
import { getSystemErrorName } from 'node:util';
import { bindHandle } from './bind-handle.ts';
import { EmbeddedError } from './embedded-error.ts';

/** A Unix socket that is taken for gateways, as a held port is. */
export interface HeldSocket {
  fd: number;
  /** Removes the file too. */
  close(): void;
}

/**
 * Binds a Unix socket for this user alone and does not listen. Its file stays while it is held, whichever gateway comes and goes.
 * Undefined where this Node or system cannot: then a gateway binds it itself.
 */
export function holdSocket(path: string): HeldSocket | undefined {
  if (bindHandle === undefined) return undefined;
  // One that a killed platform left behind would refuse the name.
  rmSync(path, { force: true });
  const handle = bindHandle(path, -1, -1);
  if (typeof handle === 'number')
    throw new EmbeddedError(
      'DataFolderUnusable',
      `No socket can be made at ${path}: ${getSystemErrorName(handle)}. Give a folder on a file system that has Unix sockets.`,
    );
  chmodSync(path, 0o600);
  return { fd: handle.fd, close: () => handle.close() };
}
