import type { IncomingMessage } from 'node:http';
import { PartDigests } from './part-digests.ts';
import { LoadError } from './wire.ts';

const maxLoad = 512 * 1024 * 1024;
/** So much is made room for on a caller's word. */
const maxAnnounced = 64 * 1024 * 1024;

/** What came in a load call. */
export interface ReceivedLoad {
  body: Buffer;
  /** Of its large parts, as far as they are known already. */
  digests: ReadonlyMap<number, string>;
}

/** The whole body of a load call. */
export async function readLoad(req: IncomingMessage): Promise<ReceivedLoad> {
  // Copied as it comes, the body is whole with its last piece: a copy afterwards costs a large function a third of a millisecond.
  const whole = Buffer.allocUnsafeSlow(Math.min(maxAnnounced, Number(req.headers['content-length'] ?? 0)));
  const digests = new PartDigests();
  const rest: Buffer[] = [];
  let size = 0;
  await new Promise((resolve, reject) => {
    req.on('error', reject);
    req.on('end', resolve);
    req.on('data', (chunk: Buffer) => {
      const room = Math.max(0, whole.length - size);
      whole.set(chunk.subarray(0, room), Math.min(size, whole.length));
      if (room < chunk.length) rest.push(chunk.subarray(room));
      size += chunk.length;
      digests.advance(whole, Math.min(size, whole.length));
      if (size <= maxLoad) return;
      req.pause();
      reject(new LoadError('InvalidFrame', 'The load call is too large.'));
    });
  });
  return { body: rest.length === 0 ? whole.subarray(0, size) : Buffer.concat([whole, ...rest]), digests: digests.byPart };
}
