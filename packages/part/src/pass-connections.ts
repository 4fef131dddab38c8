import { createServer, connect, type Socket } from 'node:net';

export interface PassConnectionsOptions {
  port: number;
  /** Where connections go now; without it they are closed. */
  to: () => { host: string; port: number } | undefined;
}

/** Passes connections on as they are, so that what is encrypted stays so. */
export async function passConnections({ port, to }: PassConnectionsOptions): Promise<{ port: number; close(): Promise<void> }> {
  const open = new Set<Socket>();
  const track = (socket: Socket): void => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  };
  const server = createServer({ allowHalfOpen: true }, (incoming) => {
    track(incoming);
    const target = to();
    if (target === undefined) return void incoming.destroy();
    const outgoing = connect({ ...target, allowHalfOpen: true });
    track(outgoing);
    for (const [one, other] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      one.on('error', () => other.destroy());
      one.once('close', () => other.destroySoon());
      one.pipe(other);
    }
  });
  server.maxConnections = 1_024;
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, resolve));
  const bound = server.address();
  return {
    port: typeof bound === 'object' && bound !== null ? bound.port : port,
    close: () => {
      for (const socket of open) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
