import { ApiError } from '../api/api-error.ts';
import type { BindingApi } from '../api/binding-api.ts';
import { headerSafe, jsonObject, type HttpAnswer, type HttpHandler } from './http-exchange.ts';
import { traceHeaders } from '../cloudevents/trace-headers.ts';
import { parseMetadata } from './parse-state-items.ts';

/** `/v1.0/bindings/<name>`. */
export function bindingRoutes(bindings: BindingApi): HttpHandler {
  return async (call) => {
    const [name = '', ...more] = call.rest;
    if (name === '' || more.length > 0 || (call.method !== 'POST' && call.method !== 'PUT'))
      throw new ApiError('ERR_NOT_FOUND', 'An output binding is called by POST at /v1.0/bindings/<name>. Correct the request.');
    const { data, metadata, operation } = await jsonObject(call);
    if (typeof operation !== 'string' || operation === '')
      throw new ApiError('ERR_MALFORMED_REQUEST', 'The request names no operation. Set "operation" in its body.');
    const given = { ...parseMetadata(metadata), ...traceHeaders(call.headers) };
    const response = await bindings.invoke(name, { operation, data: bytesOf(data), metadata: given }, call.signal);
    return answerOf(response);
  };
}

// Any value travels as its JSON, a text with its quotes: what Dapr gives to a binding.
function bytesOf(data: unknown): Uint8Array {
  if (data === undefined || data === null) return new Uint8Array(0);
  try {
    return Buffer.from(JSON.stringify(data));
  } catch (error) {
    throw new ApiError('ERR_MALFORMED_REQUEST_DATA', 'The data of the request is nested too deeply. Make it flatter.', { cause: error });
  }
}

function answerOf({
  data,
  metadata = {},
  contentType = 'application/json',
}: {
  data?: Uint8Array;
  metadata?: Record<string, string>;
  contentType?: string;
}): HttpAnswer {
  const named = Object.entries(metadata).filter(([name]) => /^[\w.-]{1,128}$/.test(name));
  const headers = Object.fromEntries(named.map(([name, value]) => [`metadata.${name}`, headerSafe(value)]));
  if (data === undefined || data.length === 0) return { status: 204, headers };
  return { status: 200, headers: { ...headers, 'content-type': headerSafe(contentType) }, body: data };
}
