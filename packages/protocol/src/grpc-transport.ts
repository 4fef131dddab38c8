import type { EventEmitter } from 'node:events';
import { rm } from 'node:fs/promises';
import { Client, Metadata, Server, status, type ServerDuplexStream, type ServiceDefinition } from '@grpc/grpc-js';
import { RpcError, type RpcErrorCode } from './rpc-error.ts';
import { sendAll } from './send-all.ts';
import { channelCredentials, serverCredentials, type TlsIdentity, type TlsSource } from './tls.ts';
import type { CallHeaders, Handler, Service, Transport } from './transport.ts';

const statuses: Record<RpcErrorCode, number> = {
  Canceled: status.CANCELLED,
  InvalidArgument: status.INVALID_ARGUMENT,
  NotFound: status.NOT_FOUND,
  Unavailable: status.UNAVAILABLE,
  Unimplemented: status.UNIMPLEMENTED,
  Internal: status.INTERNAL,
  Unauthenticated: status.UNAUTHENTICATED,
  PermissionDenied: status.PERMISSION_DENIED,
  FailedPrecondition: status.FAILED_PRECONDITION,
  Aborted: status.ABORTED,
};
// The caller decides when to call again, so the channel must not keep it waiting for a socket that is back.
const options = {
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1000,
  // A process that stands still keeps its connections: within ten seconds it counts as away, sooner than leases end.
  'grpc.keepalive_time_ms': 5_000,
  'grpc.keepalive_timeout_ms': 5_000,
  'grpc.enable_http_proxy': 0,
  'grpc.use_local_subchannel_pool': 1,
};
// Whoever has read all or enough may still write.
const halfOpen = { destroyOnReturn: false };
const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const asBytes = (bytes: Buffer): Uint8Array => bytes;

export interface GrpcTransportOptions {
  /** Without it nothing is encrypted. */
  tls?: TlsIdentity | TlsSource;
  /** The name that the certificate of the other side has; its host by default. */
  serverName?: string;
  /** How long a call waits for somebody to listen. Default: it does not. */
  waitMs?: number;
}

/** `unix:<path>` or `host:port`. A call fails with `Unavailable` while nobody listens, or when it has waited for that; the same transport serves the next one. */
export function grpcTransport(address: string, { tls, serverName, waitMs = 0 }: GrpcTransportOptions = {}): Transport {
  const named = serverName === undefined ? {} : { 'grpc.ssl_target_name_override': serverName };
  const client = new Client(address, channelCredentials(tls), { ...options, ...named });
  return {
    call: (path, requests, signal, headers) => call(client, { path, requests, signal, headers, waitMs }),
    close: () => client.close(),
  };
}

interface Call {
  path: string;
  requests: AsyncIterable<Uint8Array>;
  signal: AbortSignal;
  headers: CallHeaders | undefined;
  waitMs: number;
}

async function* call(client: Client, { path, requests, signal, headers = {}, waitMs }: Call): AsyncIterable<Uint8Array> {
  // Whoever waits in vain is told by the call itself why.
  if (waitMs > 0) await connected(client, waitMs, signal);
  if (signal.aborted) throw new RpcError('Canceled', 'The call was cancelled.');
  const stream = client.makeBidiStreamRequest(path, asBuffer, asBytes, metadataOf(headers));
  const cancel = (): void => stream.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  const ended = new AbortController();
  stream.once('close', () => ended.abort());
  // The iteration below throws it; what comes after the iteration concerns nobody.
  stream.on('error', () => ended.abort());
  void sendAll(requests, sinkOf(stream), ended.signal).then(() => stream.end(), cancel);
  try {
    for await (const answer of stream.iterator(halfOpen)) yield answer as Uint8Array;
    if (signal.aborted) throw new RpcError('Canceled', 'The call was cancelled.');
  } catch (error) {
    throw rpcError(error, path);
  } finally {
    signal.removeEventListener('abort', cancel);
    ended.abort();
    stream.cancel();
  }
}

/** Resolves when somebody listens, after so long, or with the signal. */
function connected(client: Client, waitMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
    client.waitForReady(Date.now() + waitMs, () => resolve());
  });
}

function metadataOf(headers: CallHeaders): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  return metadata;
}

function headersOf(metadata: Metadata): CallHeaders {
  const names = Object.keys(metadata.getMap()).filter((name) => !name.endsWith('-bin'));
  return Object.fromEntries(names.map((name) => [name, metadata.get(name).join(', ')]));
}

function sinkOf(stream: { write(bytes: Uint8Array): boolean } & EventEmitter): Parameters<typeof sendAll>[1] {
  return { write: (message) => stream.write(message), drains: stream };
}

function rpcError(error: unknown, path: string): RpcError {
  if (error instanceof RpcError) return error;
  const { code, details } = error as { code?: number; details?: string };
  const known = (Object.keys(statuses) as RpcErrorCode[]).find((name) => statuses[name] === code) ?? 'Internal';
  return new RpcError(known, details ?? `The call of ${path} failed.`, { cause: error });
}

export interface GrpcServer {
  /** The port, or 0 for a Unix socket. */
  readonly port: number;
  close(): Promise<void>;
}

export interface GrpcServerOptions {
  address: string;
  services: readonly Service[];
  /** Takes only clients with a certificate of the same authority. Without it nothing is encrypted, and whoever reaches the address may call. */
  tls?: TlsIdentity | TlsSource;
  /** Larger requests are refused; 4 MiB by default. */
  maxMessageBytes?: number;
}

/** Serves on `unix:<path>` or `host:port`; a socket file left by a dead process is replaced. */
export async function grpcServer(given: GrpcServerOptions): Promise<GrpcServer> {
  const server = new Server(given.maxMessageBytes === undefined ? {} : { 'grpc.max_receive_message_length': given.maxMessageBytes });
  for (const service of given.services) server.addService(...definition(service));
  if (given.address.startsWith('unix:')) await rm(given.address.slice('unix:'.length), { force: true });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(given.address, serverCredentials(given.tls), (error, bound) => (error === null ? resolve(bound) : reject(error)));
  });
  return { port, close: async () => server.forceShutdown() };
}

// On the wire a unary call is a stream of one message, so every method is served as a stream both ways.
function definition(service: Service): [ServiceDefinition, Record<string, (stream: ServerDuplexStream<Uint8Array, Uint8Array>) => void>] {
  const entries = [...service.methods];
  const serializers = {
    requestSerialize: asBuffer,
    requestDeserialize: asBytes,
    responseSerialize: asBuffer,
    responseDeserialize: asBytes,
  };
  return [
    Object.fromEntries(entries.map(([path]) => [path, { path, requestStream: true, responseStream: true, ...serializers }])),
    Object.fromEntries(entries.map(([path, handler]) => [path, (stream) => void serve(handler, stream)])),
  ];
}

async function serve(handler: Handler, stream: ServerDuplexStream<Uint8Array, Uint8Array>): Promise<void> {
  const ended = new AbortController();
  stream.once('cancelled', () => ended.abort());
  stream.on('error', () => ended.abort());
  try {
    await sendAll(handler(stream.iterator(halfOpen), ended.signal, headersOf(stream.metadata)), sinkOf(stream), ended.signal);
    stream.end();
  } catch (error) {
    const code = error instanceof RpcError ? error.code : 'Internal';
    stream.emit('error', { code: statuses[code], details: error instanceof Error ? error.message : 'The call failed.' });
  } finally {
    ended.abort();
  }
}
