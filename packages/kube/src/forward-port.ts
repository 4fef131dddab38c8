import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { loadConfig, type ConfigOptions } from './load-config.ts';

export interface ForwardOptions extends ConfigOptions {
  namespace: string;
  pod: string;
  /** Of the pod; also one that listens on its loopback alone. */
  port: number;
  /** Why a connection came to nothing: the API server's answer, or what the kubelet said. */
  onError: (error: Error) => void;
  signal: AbortSignal;
}

export interface ForwardedPort {
  /** On this machine's loopback. */
  port: number;
  close(): Promise<void>;
}

/** Makes a port of a pod reachable on this machine. The API server decides who may: it asks for `create` on `pods/portforward`. */
export async function forwardPort(options: ForwardOptions): Promise<ForwardedPort> {
  const { namespace, pod, port, onError } = options;
  const config = await loadConfig(options);
  const { PortForward } = await import('@kubernetes/client-node');
  const forward = new PortForward(config);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const fail = (error: unknown): void => {
      socket.destroy();
      onError(error instanceof Error ? error : new Error(String(error)));
    };
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    const errors = new PassThrough().on('data', (text: Buffer) => fail(text.toString()));
    forward.portForward(namespace, pod, [port], socket, errors, socket).then((tunnel) => {
      const end = (): void => ('close' in tunnel ? tunnel : tunnel())?.close();
      // An open tunnel would keep the process from its end.
      if (socket.destroyed) end();
      else socket.on('close', end);
    }, fail);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening', { signal: options.signal });
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
