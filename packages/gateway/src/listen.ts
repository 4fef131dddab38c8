import { chmodSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Where to listen: a port (0: any free one), the path of a Unix socket, or the descriptor of a port that is bound already. */
export type Listen = { host: string; port: number } | { path: string } | { fd: number };

/** Starts to listen. Sockets are accepted paused: whoever takes one decides how it is read. */
export async function listen(at: Listen, accept: (socket: Socket) => void): Promise<Server> {
  const server = createServer({ pauseOnConnect: true }, accept);
  // A socket file that a killed gateway left behind would refuse the name.
  if ('path' in at) rmSync(at.path, { force: true });
  await new Promise<void>((done, failed) => {
    server.once('error', failed);
    server.listen(at, () => {
      server.off('error', failed);
      done();
    });
  });
  if ('path' in at) chmodSync(at.path, 0o600);
  return server;
}

export function addressOf(server: Server, at: Listen): string {
  if ('path' in at) return at.path;
  const { address, port, family } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

/** Stops listening. */
export function closed(server: Server | undefined): Promise<void> {
  return new Promise((done) => (server === undefined ? done() : server.close(() => done())));
}
