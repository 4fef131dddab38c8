import type { IncomingMessage } from 'node:http';
import { LoadError } from './wire.ts';

const maxLoad = 512 * 1024 * 1024;

/** The whole body of a load call. */
export async function readLoad(req: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxLoad) throw new LoadError('InvalidFrame', 'The load call is too large.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
