import { promisify } from 'node:util';
import { FunctionError } from '../function-error.ts';
import type { FunctionRequest } from '../request.ts';
import { parseBody } from './parse-body.ts';

/** True when the head announces a body. */
export function hasBody({ headers }: FunctionRequest): boolean {
  return headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
}

/** Reads and parses the body into `req.rawBody` and `req.body`; throws when it is larger than `limit` bytes. */
export async function readBody(req: FunctionRequest, limit: number): Promise<void> {
  const announced = Number(req.headers['content-length'] ?? 0);
  if (announced > limit) throw tooLarge(limit);
  const sent = await bytesOf(req, limit);
  const encoding = req.headers['content-encoding']?.toLowerCase() ?? 'identity';
  const type = req.headers['content-type'];
  // No type and no bytes: as if there were no body.
  if (type === undefined && sent.length === 0) return;
  const raw = encoding === 'identity' ? sent : await inflated(sent, encoding, limit);
  req.rawBody = raw;
  req.body = type === undefined ? raw : parseBody(raw, type);
}

function bytesOf(req: FunctionRequest, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    req.on('data', (chunk: Buffer) => {
      size += chunk.length;
      // What is still to come is dropped.
      if (size > limit) return reject(tooLarge(limit));
      chunks.push(chunk);
    });
    req.on('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, size)));
    req.on('error', reject);
  });
}

async function inflated(raw: Buffer, encoding: string, limit: number): Promise<Buffer> {
  // Seldom needed, so not loaded with the framework.
  const zlib = await import('node:zlib');
  const inflate = { gzip: zlib.gunzip, deflate: zlib.inflate, br: zlib.brotliDecompress }[encoding];
  if (!inflate)
    throw new FunctionError('CharsetNotSupported', 415, 'The content-encoding of the body is not known here. Send it plain or as gzip.');
  try {
    return await promisify<Buffer, { maxOutputLength: number }, Buffer>(inflate)(raw, { maxOutputLength: limit });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(limit);
    throw new FunctionError('InvalidBody', 400, 'The body is not what its content-encoding says. Correct it, or send it plain.');
  }
}

function tooLarge(limit: number): FunctionError {
  return new FunctionError('BodyTooLarge', 413, `The body is larger than ${limit} bytes. Send less, or a reference to the data.`);
}
