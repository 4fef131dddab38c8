import { request, type IncomingMessage } from 'node:http';
import type { Health, LoadResponse } from '@openfunction/protocol';
import type { Endpoint } from '@openfunction/workload';
import type { Signed } from '../claim/ticket.ts';

export interface LoadParts {
  ticket: Signed;
  /** As sent: plain, or sealed where the instance has a sealing key. */
  settings: Uint8Array;
  bundle: Uint8Array;
  assets: Uint8Array;
  codeCache: Uint8Array;
}

/** The three calls that an instance answers. */
export interface InstanceControl {
  /** Makes an instance a function. The instance takes one such call in its life. */
  load(endpoint: Endpoint, parts: LoadParts, timeoutMs: number): Promise<LoadResponse>;
  health(endpoint: Endpoint, timeoutMs: number): Promise<Health>;
  /** Lets what is in flight finish, and ends the instance. `nonce` is the one of its ticket. */
  drain(endpoint: Endpoint, nonce: string, timeoutMs: number): Promise<void>;
}

const maxAnswerBytes = 1024 * 1024;

/** The runner protocol over HTTP/1.1, one connection per call. */
export const httpControl: InstanceControl = {
  load: async (endpoint, parts, timeoutMs) => {
    const body = [parts.ticket.json, parts.ticket.signature, parts.settings, parts.bundle, parts.assets, parts.codeCache].flatMap(framed);
    return (await call({ endpoint, method: 'POST', path: '/v1/load', body, timeoutMs })) as LoadResponse;
  },
  health: async (endpoint, timeoutMs) => (await call({ endpoint, method: 'GET', path: '/v1/health', timeoutMs })) as Health,
  drain: async (endpoint, nonce, timeoutMs) => {
    await call({ endpoint, method: 'POST', path: '/v1/drain', headers: { authorization: `Bearer ${nonce}` }, timeoutMs });
  },
};

/** One part of a body: its length as u32 big-endian, then its bytes. */
function framed(part: Uint8Array): Uint8Array[] {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(part.length);
  return [length, part];
}

interface Call {
  endpoint: Endpoint;
  method: 'GET' | 'POST';
  path: string;
  body?: Uint8Array[];
  headers?: Record<string, string>;
  timeoutMs: number;
}

function call({ endpoint, method, path, body = [], headers, timeoutMs }: Call): Promise<unknown> {
  const to = endpoint.kind === 'unix' ? { socketPath: endpoint.path } : { host: endpoint.host, port: endpoint.port };
  const length = body.reduce((sum, part) => sum + part.length, 0);
  return new Promise((resolve, reject) => {
    const sent = request({
      ...to,
      method,
      path,
      headers: { ...headers, 'content-length': length, 'content-type': 'application/octet-stream' },
      agent: false,
    });
    const timer = setTimeout(
      () => sent.destroy(new TimeoutError(`The instance did not answer ${path} within ${timeoutMs} ms. Replace it.`)),
      timeoutMs,
    );
    sent.on('response', (answer) => void jsonOf(answer, path).then(resolve, reject));
    sent.on('error', reject);
    sent.on('close', () => {
      clearTimeout(timer);
      reject(new Error(`The instance closed the connection before it answered ${path}. Replace it.`));
    });
    sent.cork();
    for (const part of body) sent.write(part);
    sent.end();
    sent.uncork();
  });
}

async function jsonOf(answer: IncomingMessage, path: string): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length;
    // User code could answer in place of the runner.
    if (size > maxAnswerBytes) throw new Error(`The instance answered ${path} with too many bytes. Replace it.`);
    chunks.push(chunk);
  }
  try {
    const value: unknown = JSON.parse(Buffer.concat(chunks).toString());
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // Answered below.
  }
  throw new Error(`The instance answered ${path} with something that is not a JSON object. Replace it.`);
}

export class TimeoutError extends Error {}
