import type { Clock } from '@openfunction/reconcile';
import { Client, Pool } from 'undici';
import type { AppChannel, AppResponse } from './app-channel.ts';
import { collectResponse } from './collect-response.ts';
import { untilListening } from './until-listening.ts';

export interface HttpChannelOptions {
  host: string;
  port: number;
  /** A Unix socket instead of host and port. */
  socketPath?: string;
  /** The name that the app is called by, where it is reached through a gateway. */
  authority?: string;
  /** Sent with each call as `dapr-api-token`, so that the app knows its runtime. */
  token?: string;
  /** Calls that the app gets at once; without it, as many as there are. */
  maxConcurrency?: number;
  maxBodyBytes: number;
  clock: Clock;
  random(): number;
}

/** What gateways say themselves is short. */
const longestOwnAnswer = 4096;

/** An app that speaks HTTP. */
export function httpChannel(options: HttpChannelOptions): AppChannel {
  const { host, port, socketPath, authority, token, maxConcurrency, maxBodyBytes, clock, random } = options;
  const origin = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const pool = new Pool(origin, {
    ...(socketPath === undefined ? {} : { socketPath }),
    ...(maxConcurrency === undefined ? {} : { connections: maxConcurrency }),
    pipelining: 1,
    // How long a handler may take is for the caller to say, by its signal.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  let probing: Client | undefined;
  const own = { ...(authority === undefined ? {} : { host: authority }), ...(token === undefined ? {} : { 'dapr-api-token': token }) };
  return {
    address: socketPath ?? `${host}:${port}`,
    ready: (signal) => untilListening(socketPath === undefined ? { host, port } : { path: socketPath }, { signal, clock, random }),
    call: async ({ method, path, headers = {}, body }, signal) => {
      const request = { method, path, headers: { ...headers, ...own }, ...(body === undefined ? {} : { body: bytesOf(body) }) };
      const answer = await collectResponse({ dispatcher: pool, request, maxBytes: maxBodyBytes, signal });
      // To an app's own 404 a message is lost; a gateway that does not know the app yet has not asked it.
      if (authority !== undefined && isNoRoute(answer)) throw new Error(`no gateway knows the app "${authority}" yet`);
      return answer;
    },
    stream: async ({ method, path, headers, body }, signal) => {
      const given = body === undefined ? {} : { body: body as never };
      const response = await pool.request({ method, path, headers: { ...headers, ...own }, signal, ...given });
      return { status: response.statusCode, headers: response.headers, body: response.body };
    },
    probe: async (path, signal) => {
      probing ??= new Client(origin, socketPath === undefined ? {} : { socketPath });
      const response = await probing.request({ method: 'GET', path, headers: own, signal });
      await response.body.dump();
      return response.statusCode;
    },
    close: async () => {
      await Promise.all([pool.destroy(), probing?.destroy()]);
    },
  };
}

function isNoRoute({ status, body }: AppResponse): boolean {
  return status === 404 && body.length < longestOwnAnswer && /"code":\s*"NoRoute"/.test(body.toString('utf8'));
}

const bytesOf = (body: Uint8Array | string): Buffer | string =>
  typeof body === 'string' || Buffer.isBuffer(body) ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
