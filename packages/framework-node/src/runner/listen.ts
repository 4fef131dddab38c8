import type { Server } from 'node:net';

/** Listens on `unix:/path` or `tcp:host:port`. */
export async function listen(server: Server, address: string): Promise<void> {
  const unix = address.startsWith('unix:');
  const rest = address.slice(address.indexOf(':') + 1);
  const at = rest.lastIndexOf(':');
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    if (unix) server.listen(rest, resolve);
    else server.listen(Number(rest.slice(at + 1)), rest.slice(0, at), resolve);
  });
}

/** Closes the listening socket now, without waiting for the connection that carries the load. */
export async function closed(server: Server): Promise<void> {
  server.close();
  await new Promise((resolve) => setImmediate(resolve));
}
