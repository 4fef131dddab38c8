import type { IncomingMessage } from 'node:http';
import { LoadError } from './wire.ts';

const maxLoad = 512 * 1024 * 1024;

/** The whole body of a load call. */
export async function readLoad(req: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  await new Promise((resolve, reject) => {
    req.on('error', reject);
    req.on('end', resolve);
    req.on('data', (chunk: Buffer) => {
      size += chunk.length;
      chunks.push(chunk);
      if (size <= maxLoad) return;
      req.pause();
      reject(new LoadError('InvalidFrame', 'The load call is too large.'));
    });
  });
  return Buffer.concat(chunks);
}
