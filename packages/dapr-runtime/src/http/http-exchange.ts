import type { IncomingHttpHeaders } from 'node:http';
import { ApiError } from '../api/api-error.ts';
import type { Target } from './parse-target.ts';

/** One request of an app. */
export interface HttpCall extends Target {
  method: string;
  headers: IncomingHttpHeaders;
  /** What follows the block's name in the path. */
  rest: string[];
  /** Metadata of the query: `metadata.NAME=value`. */
  metadata: Record<string, string>;
  signal: AbortSignal;
  /** The whole body, within the limit. */
  body(): Promise<Buffer>;
  /** The body as it comes, within the limit. */
  stream(): AsyncIterable<Uint8Array>;
}

export interface HttpAnswer {
  status: number;
  headers?: Record<string, string | string[]>;
  body?: Uint8Array | string | AsyncIterable<Uint8Array>;
}

export type HttpHandler = (call: HttpCall) => Promise<HttpAnswer>;

export const noContent: HttpAnswer = { status: 204 };

export function json(value: unknown, status = 200): HttpAnswer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) };
}

export async function jsonBody(call: HttpCall): Promise<unknown> {
  const body = await call.body();
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw new ApiError('ERR_MALFORMED_REQUEST', 'The body of the request is not JSON. Correct it.', { cause: error });
  }
}

export async function jsonObject(call: HttpCall): Promise<Record<string, unknown>> {
  const body = await jsonBody(call);
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Record<string, unknown>;
  throw new ApiError('ERR_MALFORMED_REQUEST', 'The body of the request must be a JSON object. Correct it.');
}

export function headerOf(call: Pick<HttpCall, 'headers'>, name: string): string | undefined {
  const value = call.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

export function traceOf(call: HttpCall): { traceparent?: string; tracestate?: string; signal: AbortSignal } {
  const traceparent = headerOf(call, 'traceparent');
  const tracestate = headerOf(call, 'tracestate');
  return {
    signal: call.signal,
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(tracestate === undefined ? {} : { tracestate }),
  };
}

/** Text of a header's value; what may not stand in one is left out. */
export const headerSafe = (value: string): string => value.replace(/[^\t\x20-\x7e\x80-\xff]/g, '');
