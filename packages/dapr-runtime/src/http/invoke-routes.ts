import type { IncomingHttpHeaders } from 'node:http';
import { ApiError } from '../api/api-error.ts';
import type { AppIdentity } from '../app/app-identity.ts';
import type { Invokable } from '../app/app-port.ts';
import type { StreamedResponse } from '../channel/app-channel.ts';
import { traceParent } from '../cloudevents/trace-parent.ts';
import { headerOf, type HttpAnswer, type HttpCall, type HttpHandler } from './http-exchange.ts';
import { encodePath } from './parse-target.ts';

/** Where an app of a name listens; `undefined` when there is none that the caller may call. */
export type FindChannel = (callee: string, caller: AppIdentity) => Invokable | undefined;

// Of one connection and no other; and what would hand a caller's credential to whom it calls.
const notForwarded = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'host',
  'expect',
  'content-length',
  'dapr-api-token',
  'dapr-app-id',
  'dapr-caller-app-id',
  'dapr-caller-namespace',
  'dapr-callee-app-id',
]);

/** `/v1.0/invoke/<app>/method/<path>`: the request goes to the other app, its answer comes back, both as they flow. */
export function invokeRoutes(caller: AppIdentity, find: FindChannel): HttpHandler {
  return async (call) => {
    const [callee = '', method, ...path] = call.rest;
    if (method !== 'method')
      throw new ApiError('ERR_DIRECT_INVOKE', 'A method is called at /v1.0/invoke/<app>/method/<path>. Correct the path.', { status: 400 });
    return forward(call, { callee, path, caller, find });
  };
}

/** Any path, for the app that the header `dapr-app-id` names. */
export function invokeByHeader(caller: AppIdentity, find: FindChannel): HttpHandler {
  return (call) => forward(call, { callee: headerOf(call, 'dapr-app-id') ?? '', path: call.segments, caller, find });
}

interface Forward {
  callee: string;
  path: string[];
  caller: AppIdentity;
  find: FindChannel;
}

async function forward(call: HttpCall, { callee, path, caller, find }: Forward): Promise<HttpAnswer> {
  if (path.some((segment) => /[?#]/.test(segment)))
    throw new ApiError('ERR_DIRECT_INVOKE', 'The path of the method has an encoded "?" or "#". Leave it out.', { status: 400 });
  const channel = find(callee, caller);
  if (channel === undefined)
    throw new ApiError('ERR_DIRECT_INVOKE', `There is no app "${callee}" here to call. Check its name, and whether it runs.`);
  const hasBody = call.headers['content-length'] !== undefined || call.headers['transfer-encoding'] !== undefined;
  const headers = {
    ...forwarded(call.headers),
    traceparent: traceParent(headerOf(call, 'traceparent')),
    'dapr-caller-app-id': caller.id,
    'dapr-caller-namespace': caller.namespace,
    'dapr-callee-app-id': callee,
  };
  const request = { method: call.method, path: encodePath(path) + call.search, headers, ...(hasBody ? { body: call.stream() } : {}) };
  try {
    return answerOf(await channel.stream(request, call.signal));
  } catch (error) {
    if (error instanceof ApiError) throw error;
    throw new ApiError(
      'ERR_DIRECT_INVOKE',
      `App "${callee}" could not be called: ${error instanceof Error ? error.message : String(error)}. Is it up?`,
      { cause: error },
    );
  }
}

function forwarded(headers: IncomingHttpHeaders): Record<string, string | string[]> {
  const named = new Set((headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase()));
  const kept = Object.entries(headers).filter(([name, value]) => value !== undefined && !notForwarded.has(name) && !named.has(name));
  return Object.fromEntries(kept) as Record<string, string | string[]>;
}

function answerOf({ status, headers, body }: StreamedResponse): HttpAnswer {
  const named = new Set(
    String(headers['connection'] ?? '')
      .split(',')
      .map((name) => name.trim().toLowerCase()),
  );
  const kept = Object.entries(headers).filter(
    ([name, value]) => value !== undefined && (!notForwarded.has(name) || name === 'content-length') && !named.has(name),
  );
  return { status, headers: Object.fromEntries(kept) as Record<string, string | string[]>, body };
}
