import { RpcError } from '@openfunction/protocol';
import type { AppCallback, DaprCall, HTTPExtensionVerb, InvokeResponse, InvokeServiceRequest } from '@openfunction/protocol/dapr';
import { ApiError } from '../api/api-error.ts';
import type { AppIdentity } from '../app/app-identity.ts';
import type { Invokable } from '../app/app-port.ts';
import type { StreamedRequest } from '../channel/app-channel.ts';
import { traceParent } from '../cloudevents/trace-parent.ts';
import { traceHeaders } from '../cloudevents/trace-headers.ts';
import type { FindChannel } from '../http/invoke-routes.ts';
import { encodePath, parseTarget } from '../http/parse-target.ts';
import { rpcCodeOf } from './rpc-code-of.ts';

const mostBytes = 64 * 1024 * 1024;

/** `InvokeService`: one app calls another, whichever protocol that one speaks. */
export async function invokeService(
  caller: AppIdentity,
  { id, message }: InvokeServiceRequest,
  { signal, headers }: DaprCall,
  find: FindChannel,
): Promise<InvokeResponse> {
  const callee = find(id, caller);
  if (callee === undefined)
    throw new ApiError('ERR_DIRECT_INVOKE', `There is no app "${id}" here to call. Check its name, and whether it runs.`);
  const verb = message?.httpExtension?.verb ?? 'NONE';
  const { segments, search } = parseTarget(`/${(message?.method ?? '').replace(/^\//, '')}${queryOf(message?.httpExtension?.querystring)}`);
  if (segments.some((segment) => /[?#]/.test(segment)))
    throw new ApiError('ERR_DIRECT_INVOKE', 'The path of the method has an encoded "?" or "#". Leave it out.', { status: 400 });
  const method = verb === 'NONE' ? 'POST' : verb;
  const data = message?.data?.value;
  const contentType = message?.contentType ?? '';
  const response = await callee.stream(
    {
      method,
      path: encodePath(segments) + search,
      headers: {
        ...(contentType === '' ? {} : { 'content-type': contentType }),
        ...traceHeaders(headers),
        traceparent: traceParent(headers['traceparent']),
        'dapr-caller-app-id': caller.id,
        'dapr-caller-namespace': caller.namespace,
        'dapr-callee-app-id': id,
      },
      ...(data === undefined || data.length === 0 || method === 'GET' || method === 'HEAD' ? {} : { body: only(data) }),
    },
    signal,
  );
  const body = await collected(response.body);
  if (response.status >= 400)
    throw new RpcError(
      rpcCodeOf(response.status),
      `The called app answered with status ${response.status}: ${body.toString('utf8').slice(0, 1000)}`,
    );
  const type = response.headers['content-type'];
  return { data: { type_url: '', value: body }, contentType: Array.isArray(type) ? (type[0] ?? '') : (type ?? '') };
}

/** An app that speaks gRPC, called as others are: the request becomes an OnInvoke. */
export function grpcInvokable(callback: AppCallback, call: (signal: AbortSignal, more?: Record<string, string>) => DaprCall): Invokable {
  return {
    stream: async (request, signal) => {
      const [path = '', querystring = ''] = request.path.split('?');
      const contentType = request.headers['content-type'];
      const answer = await callback.OnInvoke(
        {
          method: path.slice(1),
          data: { type_url: '', value: await collected(request.body ?? only(new Uint8Array(0))) },
          contentType: typeof contentType === 'string' ? contentType : '',
          httpExtension: { verb: verbOf(request.method), querystring },
        },
        call(signal, callHeaders(request)),
      );
      return {
        status: 200,
        headers: { 'content-type': answer.contentType === '' ? 'application/json' : answer.contentType },
        body: only(answer.data?.value ?? new Uint8Array(0)),
      };
    },
  };
}

const verbs = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH']);
const verbOf = (method: string): HTTPExtensionVerb => (verbs.has(method) ? (method as HTTPExtensionVerb) : 'NONE');
const queryOf = (querystring: string | undefined): string => (querystring === undefined || querystring === '' ? '' : `?${querystring}`);

function callHeaders({ headers }: StreamedRequest): Record<string, string> {
  const kept = ['traceparent', 'tracestate', 'baggage', 'dapr-caller-app-id', 'dapr-callee-app-id'].flatMap((name): [string, string][] => {
    const value = headers[name];
    return typeof value === 'string' ? [[name, value]] : [];
  });
  return Object.fromEntries(kept);
}

async function* only(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}

async function collected(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > mostBytes)
      throw new ApiError(
        'ERR_REQUEST_TOO_LARGE',
        `A body of a call between apps is larger than ${mostBytes} bytes. Call over HTTP, where bodies are not gathered.`,
      );
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
