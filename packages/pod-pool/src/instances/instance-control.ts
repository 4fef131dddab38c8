import type { Health, LoadResponse } from '@openfunction/protocol';
import type { Endpoint } from '@openfunction/workload';
import type { Signed } from '../claim/ticket.ts';
import { callInstance } from './instance-call.ts';

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
  /** Makes an instance a function. The instance takes one such call in its life. `parts` are made once it is being reached. */
  load(endpoint: Endpoint, parts: () => LoadParts, timeoutMs: number): Promise<LoadResponse>;
  health(endpoint: Endpoint, timeoutMs: number): Promise<Health>;
  /** Lets what is in flight finish, and ends the instance. `nonce` is the one of its ticket. */
  drain(endpoint: Endpoint, nonce: string, timeoutMs: number): Promise<void>;
}

/** The runner protocol over HTTP/1.1, one connection per call. */
export const httpControl: InstanceControl = {
  load: async (endpoint, parts, timeoutMs) => {
    const body = (): Uint8Array[] => {
      const { ticket, settings, bundle, assets, codeCache } = parts();
      return [ticket.json, ticket.signature, settings, bundle, assets, codeCache].flatMap(framed);
    };
    return (await callInstance({ endpoint, method: 'POST', path: '/v1/load', body, timeoutMs })) as LoadResponse;
  },
  health: async (endpoint, timeoutMs) => (await callInstance({ endpoint, method: 'GET', path: '/v1/health', timeoutMs })) as Health,
  drain: async (endpoint, nonce, timeoutMs) => {
    await callInstance({ endpoint, method: 'POST', path: '/v1/drain', authorization: `Bearer ${nonce}`, timeoutMs });
  },
};

/** One part of a body: its length as u32 big-endian, then its bytes. */
function framed(part: Uint8Array): Uint8Array[] {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(part.length);
  return [length, part];
}
