import { once } from 'node:events';
import type { Server } from 'node:https';
import type { Socket } from 'node:net';

/**
 * Answers how to close the server: it takes no more connections, and lets those go that rest. What has begun to ask has
 * `graceMs`. A caller that holds a connection ready on which it never asked anything would otherwise keep the process, and send
 * its next request to it.
 */
export function closable(server: Server): (graceMs: number) => Promise<void> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return async (graceMs) => {
    const closed = once(server, 'close');
    server.close();
    server.closeIdleConnections();
    const cut = setTimeout(() => {
      for (const socket of sockets) socket.destroy();
    }, graceMs);
    await closed;
    clearTimeout(cut);
  };
}
