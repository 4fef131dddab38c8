import { Socket } from 'node:net';

/** Enough for most requests in one read; one for all connections, because bytes are used or copied at once. */
export const shared: Buffer = Buffer.allocUnsafeSlow(65_536);

/**
 * Makes an accepted socket read into the shared buffer, as `onread` does for one that connects. Node allocates
 * 64 KB for every read otherwise, which costs a fifth of the whole request. `net.Server` has no such option, so
 * the connection is moved to a second Socket; a Node where that is not possible reads the usual way.
 *
 * The callback's bytes are valid during the call only; false stops reading until `resume`.
 */
export function readIntoShared(accepted: Socket, callback: (bytes: Buffer, length: number) => boolean): Socket {
  const shell = accepted as Socket & { _handle?: object | null };
  const handle = shell._handle;
  if (typeof handle !== 'object' || handle === null || !('useUserBuffer' in handle)) {
    accepted.on('data', (bytes: Buffer) => {
      if (!callback(bytes, bytes.length)) accepted.pause();
    });
    accepted.resume();
    return accepted;
  }
  shell._handle = null;
  accepted.destroy();
  const onread = { buffer: shared, callback: (length: number): boolean => callback(shared, length) };
  return new Socket({ handle, onread } as object);
}
