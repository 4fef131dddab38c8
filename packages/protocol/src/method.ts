import { codec, type Codec } from './codec.ts';
import { RpcError } from './rpc-error.ts';
import type { CallHeaders, Handler, Transport } from './transport.ts';

export interface Method<Q, A> {
  readonly path: string;
  readonly request: Codec<Q>;
  readonly answer: Codec<A>;
}

export function method<Q, A>(service: string, name: string): Method<Q, A> {
  const scope = service.slice(0, service.lastIndexOf('.'));
  return { path: `/${service}/${name}`, request: codec(`${scope}.${name}Request`), answer: codec(`${scope}.${name}Response`) };
}

export async function* mapped<A, B>(values: AsyncIterable<A>, change: (value: A) => B): AsyncIterable<B> {
  for await (const value of values) yield change(value);
}

export async function* one<T>(value: T): AsyncIterable<T> {
  yield value;
}

/** The only message of a stream. */
export async function first<T>(values: AsyncIterable<T>): Promise<T> {
  for await (const value of values) return value;
  throw new RpcError('InvalidArgument', 'The call carried no message where one is needed.');
}

export function callStream<Q, A>(
  transport: Transport,
  of: Method<Q, A>,
  requests: AsyncIterable<Q>,
  signal: AbortSignal,
  headers?: CallHeaders,
): AsyncIterable<A> {
  return mapped(
    transport.call(
      of.path,
      mapped(requests, (message) => of.request.encode(message)),
      signal,
      headers,
    ),
    (bytes) => of.answer.decode(bytes),
  );
}

export function handlerOf<Q, A>(
  of: Method<Q, A>,
  handle: (requests: AsyncIterable<Q>, signal: AbortSignal, headers?: CallHeaders) => AsyncIterable<A>,
): [string, Handler] {
  return [
    of.path,
    (requests, signal, headers) =>
      mapped(
        handle(
          mapped(requests, (bytes) => of.request.decode(bytes)),
          signal,
          headers,
        ),
        (message) => of.answer.encode(message),
      ),
  ];
}

export async function* later<A>(answer: Promise<A>): AsyncIterable<A> {
  yield await answer;
}

export async function* flattened<Q, A>(requests: AsyncIterable<Q>, handle: (request: Q) => AsyncIterable<A>): AsyncIterable<A> {
  yield* handle(await first(requests));
}
