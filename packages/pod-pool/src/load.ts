import { request } from 'node:http';
import type { Health, LoadResponse } from '@openfunction/protocol';
import type { Endpoint } from '@openfunction/workload';
import type { Signed } from './ticket.ts';

export interface LoadParts {
  ticket: Signed;
  /** As sent: plain, or sealed where the instance has a sealing key. */
  settings: Uint8Array;
  bundle: Uint8Array;
  assets: Uint8Array;
  codeCache: Uint8Array;
}

/** Makes an instance a function. The instance takes one such call in its life. */
export async function loadInstance(endpoint: Endpoint, parts: LoadParts, signal: AbortSignal): Promise<LoadResponse> {
  const body = [parts.ticket.json, parts.ticket.signature, parts.settings, parts.bundle, parts.assets, parts.codeCache].flatMap(framed);
  return (await call(endpoint, 'POST', '/v1/load', body, signal)) as LoadResponse;
}

export async function instanceHealth(endpoint: Endpoint, signal: AbortSignal): Promise<Health> {
  return (await call(endpoint, 'GET', '/v1/health', [], signal)) as Health;
}

export async function drainInstance(endpoint: Endpoint, order: Signed, signal: AbortSignal): Promise<void> {
  await call(endpoint, 'POST', '/v1/drain', [order.json, order.signature].flatMap(framed), signal);
}

/** One part of a body: its length as u32 big-endian, then its bytes. */
export function framed(part: Uint8Array): Uint8Array[] {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(part.length);
  return [length, part];
}

function call(endpoint: Endpoint, method: string, path: string, body: Uint8Array[], signal: AbortSignal): Promise<unknown> {
  const to = endpoint.kind === 'unix' ? { socketPath: endpoint.path } : { host: endpoint.host, port: endpoint.port };
  const length = body.reduce((sum, part) => sum + part.length, 0);
  return new Promise((resolve, reject) => {
    const headers = { 'content-length': length, 'content-type': 'application/octet-stream' };
    const sent = request({ ...to, method, path, headers, signal, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        try {
          const text = Buffer.concat(chunks).toString();
          resolve(text === '' ? undefined : JSON.parse(text));
        } catch (cause) {
          reject(new Error(`The instance answered ${path} with something that is not JSON. Replace the instance.`, { cause }));
        }
      });
    });
    sent.on('error', reject);
    for (const part of body) sent.write(part);
    sent.end();
  });
}
