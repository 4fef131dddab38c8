import { Agent, request, type Dispatcher } from 'undici';
import { StoreError } from '@openfunction/store';
import { errorFromStatus } from './status-error.ts';

export interface ApiRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  query?: Record<string, string | undefined>;
  body?: unknown;
  /** Default `application/json`. */
  contentType?: string;
  signal?: AbortSignal;
}

/** The few HTTP calls that everything here is made of. Every failure is a {@link StoreError}. */
export interface KubeApi {
  /** One answer as JSON, within the time limit. */
  json<R>(request: ApiRequest): Promise<R>;
  /** Lines of an answer without end (watches, logs), as long as the signal allows. */
  lines(request: ApiRequest): AsyncIterable<string>;
  close(): Promise<void>;
}

export interface Connection {
  server: string;
  tls: { ca?: string | Buffer; cert?: string | Buffer; key?: string | Buffer; rejectUnauthorized?: boolean; servername?: string };
  /** Asked for every request, since tokens of service accounts are renewed. */
  headers(): Promise<Record<string, string>>;
}

const maxErrorBytes = 64 * 1024;

function urlOf(server: string, { path, query }: ApiRequest): string {
  const url = new URL(server.replace(/\/$/, '') + path);
  for (const [name, value] of Object.entries(query ?? {})) if (value !== undefined) url.searchParams.set(name, value);
  return url.href;
}

function unreachable(call: ApiRequest, cause: unknown): StoreError {
  if (cause instanceof StoreError) return cause;
  const why = cause instanceof Error ? cause.message : String(cause);
  return new StoreError('Unavailable', `${call.method} ${call.path} failed: ${why}. Is the API server reachable?`, { cause });
}

async function refusal(call: ApiRequest, response: Dispatcher.ResponseData): Promise<StoreError> {
  const text = (await response.body.text()).slice(0, maxErrorBytes);
  try {
    return errorFromStatus(JSON.parse(text), response.statusCode);
  } catch {
    return errorFromStatus(
      { message: `${call.method} ${call.path} was answered with ${response.statusCode}: ${text.slice(0, 200)}` },
      response.statusCode,
    );
  }
}

async function* splitLines(body: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = parts.pop() ?? '';
    yield* parts;
  }
  if (rest !== '') yield rest;
}

export interface KubeApiOptions {
  userAgent?: string;
  /** Default 30 s. */
  timeoutMs?: number;
  /** Told of each call, with the status of its answer; 0 when there was none. */
  onAnswer?: (method: ApiRequest['method'], status: number) => void;
}

/** Keep-alive HTTP to one API server; `timeoutMs` holds for answers that end. */
export function kubeApi(connection: Connection, options: KubeApiOptions = {}): KubeApi {
  const { userAgent = 'openfunction', timeoutMs = 30_000, onAnswer } = options;
  const agent = new Agent({
    // All watches in one HTTP/2 connection would stand still together, with whatever holds one of them up.
    allowH2: false,
    connect: { ...connection.tls, timeout: 10_000 },
    headersTimeout: timeoutMs,
    bodyTimeout: 0,
    keepAliveTimeout: 60_000,
  });

  async function send(call: ApiRequest, signal: AbortSignal | undefined): Promise<Dispatcher.ResponseData> {
    const body = call.body === undefined ? undefined : JSON.stringify(call.body);
    const headers: Record<string, string> = { ...(await connection.headers()), 'user-agent': userAgent, accept: '*/*' };
    if (body !== undefined) headers['content-type'] = call.contentType ?? 'application/json';
    const response = await request(urlOf(connection.server, call), { dispatcher: agent, method: call.method, headers, body, signal }).catch(
      (error: unknown) => {
        onAnswer?.(call.method, 0);
        throw error;
      },
    );
    onAnswer?.(call.method, response.statusCode);
    if (response.statusCode >= 300) throw await refusal(call, response);
    return response;
  }

  return {
    json: async <R>(call: ApiRequest): Promise<R> => {
      const limit = AbortSignal.timeout(timeoutMs);
      try {
        const response = await send(call, call.signal ? AbortSignal.any([call.signal, limit]) : limit);
        return (await response.body.json()) as R;
      } catch (cause) {
        throw unreachable(call, cause);
      }
    },
    lines: async function* lines(call: ApiRequest): AsyncGenerator<string> {
      try {
        const response = await send(call, call.signal);
        yield* splitLines(response.body);
      } catch (cause) {
        if (call.signal?.aborted) return;
        throw unreachable(call, cause);
      }
    },
    close: () => agent.destroy(),
  };
}
