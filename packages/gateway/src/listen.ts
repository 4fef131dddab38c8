import { chmodSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Where to listen: a port (0: any free one), the path of a Unix socket, or the descriptor of one that is bound already. */
export type Listen = { host: string; port: number } | { path: string } | Bound;

interface Bound {
  fd: number;
  /** Of a Unix socket. */
  path?: string;
}

/** Starts to listen. Sockets are accepted paused: whoever takes one decides how it is read. */
export async function listen(at: Listen, accept: (socket: Socket) => void): Promise<Server> {
  const server = createServer({ pauseOnConnect: true }, accept);
  const ownFile = 'fd' in at || !('path' in at) ? undefined : at.path;
  // A socket file that a killed gateway left behind would refuse the name.
  if (ownFile !== undefined) rmSync(ownFile, { force: true });
  await new Promise<void>((done, failed) => {
    server.once('error', failed);
    server.listen('fd' in at ? { fd: at.fd } : at, () => {
      server.off('error', failed);
      done();
    });
  });
  if (ownFile !== undefined) chmodSync(ownFile, 0o600);
  return server;
}

export function addressOf(server: Server, at: Listen): string {
  if ('path' in at && at.path !== undefined) return at.path;
  const { address, port, family } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

/** Stops listening. */
export function closed(server: Server | undefined): Promise<void> {
  return new Promise((done) => (server === undefined ? done() : server.close(() => done())));
}
