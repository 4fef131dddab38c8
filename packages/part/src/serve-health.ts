import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HealthOptions {
  port: number;
  isReady: () => boolean;
  /** Prometheus text. */
  metrics?: () => Promise<string>;
}

/** `/healthz` while the process answers, `/readyz` while it can do its work, and `/metrics`. */
export async function serveHealth({ port, isReady, metrics }: HealthOptions): Promise<{ port: number; close(): void }> {
  const server: Server = createServer({ requestTimeout: 5_000, headersTimeout: 5_000 }, (request, response) => {
    const say = (status: number, body: string): void => {
      response.writeHead(status, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(body);
    };
    if (request.url === '/healthz') say(200, 'ok\n');
    else if (request.url === '/readyz') say(isReady() ? 200 : 503, isReady() ? 'ok\n' : 'not ready\n');
    else if (request.url === '/metrics' && metrics !== undefined)
      metrics().then(
        (text) => say(200, text),
        () => say(500, 'the metrics could not be read\n'),
      );
    else say(404, 'not found\n');
  });
  server.maxConnections = 64;
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
