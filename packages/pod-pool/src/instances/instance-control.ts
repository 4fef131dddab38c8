import type { Health, LoadResponse } from '@openfunction/protocol';
import type { Endpoint } from '@openfunction/workload';
import type { Signed } from '../claim/ticket.ts';
import { callInstance, TimeoutError } from './instance-call.ts';
import { instanceLine, type InstanceLine } from './instance-line.ts';
import { loadResponseOf } from './load-response.ts';

export interface LoadParts {
  ticket: Signed;
  /** As sent: plain, or sealed where the instance has a sealing key. */
  settings: Uint8Array;
  bundle: Uint8Array;
  assets: Uint8Array;
  codeCache: Uint8Array;
}

export interface LoadOptions {
  timeoutMs: number;
  /** Used while it is open. */
  line?: InstanceLine;
}

/** The three calls that an instance answers. */
export interface InstanceControl {
  /** Makes an instance a function. The instance takes one such call in its life. `parts` are made once it is being reached. */
  load(endpoint: Endpoint, parts: () => LoadParts, options: LoadOptions): Promise<LoadResponse>;
  health(endpoint: Endpoint, timeoutMs: number): Promise<Health>;
  /** Opens what the load of a Fresh instance can go over, where that makes a difference. */
  line?(endpoint: Endpoint, after: (ms: number, run: () => void) => () => void): InstanceLine;
  /** Lets what is in flight finish, and ends the instance. `nonce` is the one of its ticket. */
  drain(endpoint: Endpoint, nonce: string, timeoutMs: number): Promise<void>;
}

/** The runner protocol over HTTP/1.1, one call per connection. */
export const httpControl: InstanceControl = {
  line: instanceLine,
  load: async (endpoint, parts, { timeoutMs, line }) => {
    const body = (): Uint8Array[] => {
      const { ticket, settings, bundle, assets, codeCache } = parts();
      return [ticket.json, ticket.signature, settings, bundle, assets, codeCache].flatMap(framed);
    };
    const call = { endpoint, method: 'POST', path: '/v1/load', body, timeoutMs } as const;
    const socket = line?.take();
    if (socket === undefined) return loadResponseOf(await callInstance(call));
    const answer = await callInstance({ ...call, socket }).catch((error: unknown) => {
      if (error instanceof TimeoutError) throw error;
      // It may have ended just then. An instance that did get the load refuses another one.
      return callInstance(call);
    });
    return loadResponseOf(answer);
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
