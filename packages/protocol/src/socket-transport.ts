import { rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { encodeFrame, frameKinds, FrameReader, Incoming, type Frame } from './frames.ts';
import { asRpcErrorCode, RpcError } from './rpc-error.ts';
import { sendAll } from './send-all.ts';
import type { Handler, Service, Transport } from './transport.ts';

/**
 * Calls the services of another process of this machine, one connection of a Unix socket per call. HTTP/2 would cost each
 * message half a millisecond when it comes after a pause, twice in a cold start.
 */
export function socketTransport(path: string, { silenceMs = 10_000 }: SocketTransportOptions = {}): Transport {
  const closed = new AbortController();
  return {
    call: (method, requests, signal) => call({ path, method, requests, silenceMs, signal: AbortSignal.any([signal, closed.signal]) }),
    close: () => closed.abort(),
  };
}

export interface SocketTransportOptions {
  /** A server that is silent for so long, without a sign of life, has gone: the kernel keeps connections of a process that stands still. */
  silenceMs?: number;
}

interface Call {
  path: string;
  silenceMs: number;
  method: string;
  requests: AsyncIterable<Uint8Array>;
  signal: AbortSignal;
}

async function* call({ path, method, requests, silenceMs, signal }: Call): AsyncIterable<Uint8Array> {
  const canceled = (): RpcError => new RpcError('Canceled', 'The call was cancelled.');
  if (signal.aborted) throw canceled();
  const socket = connect({ path });
  const answers = new Incoming(socket);
  const ended = new AbortController();
  const cancel = (): void => answers.end(canceled());
  signal.addEventListener('abort', cancel, { once: true });
  socket.on('error', (cause) => answers.end(new RpcError('Unavailable', `Nothing answers on ${path}.`, { cause })));
  socket.on('close', () => {
    answers.end(new RpcError('Unavailable', `The other side ended the call of ${method}.`));
    ended.abort();
  });
  const silence = setTimeout(() => {
    // Whoever does not read hears nothing: that is the caller's own doing.
    if (socket.isPaused()) silence.refresh();
    else answers.end(new RpcError('Unavailable', `Who serves ${path} says nothing any more.`));
  }, silenceMs).unref();
  onFrames(socket, ({ kind, payload }) => {
    silence.refresh();
    if (kind === frameKinds.message) answers.push(payload);
    else if (kind !== frameKinds.beat) answers.end(kind === frameKinds.failure ? failureOf(payload) : undefined);
  });
  socket.write(encodeFrame(frameKinds.path, Buffer.from(method)));
  const sent = sendAll(requests, sinkOf(socket), ended.signal).then(() => socket.write(encodeFrame(frameKinds.end)));
  void sent.catch(() => {
    if (!ended.signal.aborted) answers.end(canceled());
  });
  try {
    yield* answers.read();
  } finally {
    clearTimeout(silence);
    signal.removeEventListener('abort', cancel);
    socket.destroy();
  }
}

export interface SocketServer {
  close(): Promise<void>;
}

/** Serves on a Unix socket; a socket file left by a dead process is replaced. Whoever may open the file may call. */
export async function socketServer(given: { path: string; services: readonly Service[]; beatMs?: number }): Promise<SocketServer> {
  const handlers = new Map(given.services.flatMap(({ methods }) => [...methods]));
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    const beat = setInterval(() => beatOn(socket), given.beatMs ?? 3_000).unref();
    socket.on('close', () => clearInterval(beat));
    accept(socket, handlers);
  });
  await rm(given.path, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(given.path, resolve);
  });
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function beatOn(socket: Socket): void {
  if (socket.writable && !socket.writableNeedDrain) socket.write(encodeFrame(frameKinds.beat));
}

function accept(socket: Socket, handlers: ReadonlyMap<string, Handler>): void {
  const requests = new Incoming(socket);
  const ended = new AbortController();
  // What breaks a connection is told by its close.
  socket.on('error', () => undefined);
  socket.on('close', () => {
    requests.end(new RpcError('Canceled', 'The caller is gone.'));
    ended.abort();
  });
  let isCalled = false;
  onFrames(socket, ({ kind, payload }) => {
    if (kind === frameKinds.path && !isCalled) {
      isCalled = true;
      void serve({ socket, method: payload.toString(), handlers, requests: requests.read(), signal: ended.signal });
    } else if (kind === frameKinds.message && isCalled) requests.push(payload);
    else if (kind === frameKinds.end) requests.end();
    else socket.destroy();
  });
}

interface Served {
  socket: Socket;
  method: string;
  handlers: ReadonlyMap<string, Handler>;
  requests: AsyncIterable<Uint8Array>;
  signal: AbortSignal;
}

async function serve({ socket, method, handlers, requests, signal }: Served): Promise<void> {
  try {
    const handler = handlers.get(method);
    if (handler === undefined) throw new RpcError('Unimplemented', `Nothing serves ${method} here. Use programs of one version.`);
    await sendAll(handler(requests, signal), sinkOf(socket), signal);
    socket.end(encodeFrame(frameKinds.end));
  } catch (error) {
    const code = error instanceof RpcError ? error.code : 'Internal';
    const message = error instanceof Error ? error.message : 'The call failed.';
    socket.end(encodeFrame(frameKinds.failure, Buffer.from(JSON.stringify({ code, message }))));
  }
}

function onFrames(socket: Socket, onFrame: (frame: Frame) => void): void {
  const reader = new FrameReader();
  socket.on('data', (bytes: Buffer) => {
    try {
      for (const frame of reader.take(bytes)) onFrame(frame);
    } catch (error) {
      socket.destroy(error instanceof Error ? error : undefined);
    }
  });
}

function sinkOf(socket: Socket): Parameters<typeof sendAll>[1] {
  return { write: (message) => socket.write(encodeFrame(frameKinds.message, message)), drains: socket };
}

function failureOf(payload: Buffer): RpcError {
  const { code, message } = JSON.parse(payload.toString()) as { code?: unknown; message?: unknown };
  return new RpcError(asRpcErrorCode(code), String(message));
}
