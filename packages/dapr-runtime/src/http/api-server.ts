import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { ApiError } from '../api/api-error.ts';
import { errorDetails } from '../api/error-details.ts';
import type { HttpAnswer, HttpCall } from './http-exchange.ts';
import { parseTarget, type Target } from './parse-target.ts';
import { sameToken } from './same-token.ts';

/** One app, as the server of the API sees it. */
export interface ServedApp {
  id: string;
  /** What the app must send as `dapr-api-token`; without one, whoever reaches the address is the app. */
  token?: string;
  isReady(): boolean;
  /** Whether outbound calls work, although the app may not listen yet. */
  isOutboundReady(): boolean;
  handle(call: HttpCall): Promise<HttpAnswer>;
}

export interface ApiServerOptions {
  /** Where: a port of a host, the path of a Unix socket, or the descriptor of what is bound already. */
  listen: { host: string; port: number } | { path: string } | { fd: number };
  /** With several apps, the token says which one calls; a server of one app may have none. */
  apps(): readonly ServedApp[];
  maxBodyBytes: number;
  maxConnections?: number;
  /** Only health and metadata, for whoever asks: daprd's public port. */
  isPublic?: boolean;
  /** Told of each answer. */
  onAnswer?(answered: { app: string; method: string; status: number; ms: number }): void;
  /** What nobody foresaw. */
  onError(error: unknown): void;
}

export interface ApiServer {
  /** 0 for a Unix socket. */
  readonly port: number;
  /** Takes no further requests and waits for those that are under way, until the signal. */
  close(signal?: AbortSignal): Promise<void>;
}

const defaultMaxConnections = 10_000;

/** Serves Dapr's HTTP API: limits first, then who calls, then what. */
export async function serveApi(options: ApiServerOptions): Promise<ApiServer> {
  let isClosing = false;
  const server = createServer(
    { maxHeaderSize: 16 * 1024, headersTimeout: 10_000, requestTimeout: 0, keepAliveTimeout: 65_000, requireHostHeader: false },
    (request, response) => {
      // Or a connection that was busy when the end came would keep it away.
      if (isClosing) response.shouldKeepAlive = false;
      response.once('finish', () => isClosing && server.closeIdleConnections());
      void respond(request, response, options);
    },
  );
  server.maxConnections = options.maxConnections ?? defaultMaxConnections;
  server.listen(options.listen);
  await once(server, 'listening');
  const address = server.address() as AddressInfo | string;
  return {
    port: typeof address === 'string' ? 0 : address.port,
    close: async (signal) => {
      isClosing = true;
      signal?.addEventListener('abort', () => server.closeAllConnections(), { once: true });
      const closed = once(server, 'close');
      server.close();
      server.closeIdleConnections();
      await closed;
    },
  };
}

async function respond(request: IncomingMessage, response: ServerResponse, options: ApiServerOptions): Promise<void> {
  const ended = new AbortController();
  if (options.onAnswer !== undefined) tellAnswer(request, response, options);
  response.once('close', () => ended.abort());
  try {
    await send(response, await answer(request, ended.signal, options));
  } catch (error) {
    if (ended.signal.aborted) return;
    const told = ApiError.from(error);
    if (told.code === 'ERR_INTERNAL') options.onError(told.cause);
    if (response.headersSent) response.destroy();
    else await send(response, failure(told));
  } finally {
    // Whatever was not read must not be taken for the next request.
    if (!request.complete) response.shouldKeepAlive = false;
  }
}

async function answer(request: IncomingMessage, signal: AbortSignal, options: ApiServerOptions): Promise<HttpAnswer> {
  if (Number(request.headers['content-length'] ?? 0) > options.maxBodyBytes) throw tooLarge(options.maxBodyBytes);
  const target = parseTarget(request.url ?? '');
  const health = healthAnswer(request, target, options.apps());
  if (health !== undefined) return health;
  const app = options.isPublic === true ? publicApp(request, target, options.apps()) : callerOf(request, options.apps());
  const stream = (): AsyncIterable<Uint8Array> => capped(request, options.maxBodyBytes);
  return app.handle({
    ...target,
    method: request.method ?? 'GET',
    headers: request.headers,
    rest: [],
    metadata: metadataOf(target.query),
    signal,
    stream,
    body: () => collected(stream()),
  });
}

function tellAnswer(request: IncomingMessage, response: ServerResponse, { apps, onAnswer }: ApiServerOptions): void {
  const begun = performance.now();
  response.once('close', () => {
    const app = apps().length === 1 ? (apps()[0]?.id ?? '') : '';
    onAnswer?.({ app, method: request.method ?? '', status: response.statusCode, ms: performance.now() - begun });
  });
}

/** Health is for whoever asks: a kubelet, or a client that waits before it has a token. */
function healthAnswer(request: IncomingMessage, { segments, query }: Target, apps: readonly ServedApp[]): HttpAnswer | undefined {
  const [version, block, outbound, ...more] = segments;
  if (version !== 'v1.0' || block !== 'healthz' || more.length > 0) return undefined;
  if (request.method !== 'GET' && request.method !== 'HEAD') return undefined;
  const asked = query.get('appid');
  if (asked !== null && !apps.some(({ id }) => id === asked))
    throw new ApiError('ERR_HEALTH_APPID_NOT_MATCH', 'This is not the runtime of that app. Check the port.');
  if (outbound === 'outbound') {
    if (apps.every((app) => app.isOutboundReady())) return { status: 204 };
    throw new ApiError('ERR_OUTBOUND_HEALTH_NOT_READY', 'The components are not open yet. Ask again.');
  }
  if (outbound !== undefined) return undefined;
  if (apps.every((app) => app.isReady())) return { status: 204 };
  throw new ApiError('ERR_HEALTH_NOT_READY', 'The runtime is not ready yet. Ask again.');
}

function publicApp({ method }: IncomingMessage, { segments: [version, block, ...more] }: Target, apps: readonly ServedApp[]): ServedApp {
  const [only] = apps;
  if (only !== undefined && apps.length === 1 && method === 'GET' && version === 'v1.0' && block === 'metadata' && more.length === 0)
    return only;
  throw new ApiError('ERR_NOT_FOUND', 'This port tells health and metadata alone. Use the port of the API.');
}

/** The app whose token was sent. A header that came twice is joined by Node and matches none. */
function callerOf(request: IncomingMessage, apps: readonly ServedApp[]): ServedApp {
  const given = request.headers['dapr-api-token'];
  const token = typeof given === 'string' ? given : '';
  const found = apps.find((app) => (app.token === undefined ? apps.length === 1 : sameToken(app.token, token)));
  if (found !== undefined) return found;
  throw new ApiError('ERR_UNAUTHORIZED', 'The request has no valid token. Send the token of the app as header "dapr-api-token".');
}

function metadataOf(query: URLSearchParams): Record<string, string> {
  const metadata: [string, string][] = [];
  for (const [name, value] of query) if (name.startsWith('metadata.')) metadata.push([name.slice('metadata.'.length), value]);
  return Object.fromEntries(metadata);
}

async function* capped(request: IncomingMessage, maxBytes: number): AsyncIterable<Uint8Array> {
  let size = 0;
  for await (const chunk of request as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge(maxBytes);
    yield chunk;
  }
}

async function collected(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks.length === 1 && Buffer.isBuffer(chunks[0]) ? chunks[0] : Buffer.concat(chunks);
}

function tooLarge(maxBytes: number): ApiError {
  return new ApiError(
    'ERR_REQUEST_TOO_LARGE',
    `The body of the request is larger than ${maxBytes} bytes. Send less, or raise the limit of the runtime.`,
  );
}

function failure(error: ApiError): HttpAnswer {
  // What is undefined is left out of JSON.
  const body = { errorCode: error.code, message: error.message, details: errorDetails(error) };
  return { status: error.status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

async function send(response: ServerResponse, { status, headers = {}, body }: HttpAnswer): Promise<void> {
  if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) {
    response.writeHead(
      status,
      status === 204 || headers['content-length'] !== undefined
        ? headers
        : { ...headers, 'content-length': body === undefined ? 0 : Buffer.byteLength(body) },
    );
    response.end(body);
    return;
  }
  response.writeHead(status, headers);
  for await (const chunk of body) {
    if (!response.write(chunk)) await Promise.race([once(response, 'drain'), once(response, 'close')]);
    if (response.destroyed) return;
  }
  response.end();
}
