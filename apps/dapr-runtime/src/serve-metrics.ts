import { once } from 'node:events';
import { createServer } from 'node:http';
import type { DaprMetrics } from '@openfunction/dapr-runtime';
import type { jsonLog } from './json-log.ts';
import { anyAddress, type Served } from './serve-apis.ts';

export interface ServeMetricsOptions {
  metrics: DaprMetrics;
  /** 0 for not at all. */
  port: number;
  log: ReturnType<typeof jsonLog>;
}

/** Serves metrics where daprd does. Two runtimes of one machine both want its default port: the second goes on without. */
export async function serveMetrics({ metrics, port, log }: ServeMetricsOptions): Promise<Served[]> {
  if (port === 0) return [];
  try {
    return [await serve(metrics, port)];
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    log({ level: 'warn', message: 'metrics are not served; choose another --metrics-port', fields: { port, why } });
    return [];
  }
}

/** At `/` and `/metrics` of a port of their own. */
async function serve(metrics: DaprMetrics, port: number): Promise<Served> {
  const server = createServer((request, response) => {
    const isKnown = request.method === 'GET' && ['/', '/metrics'].includes(request.url?.split('?')[0] ?? '');
    if (!isKnown) return void response.writeHead(404).end();
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(metrics.text());
  });
  server.listen(port, anyAddress);
  await once(server, 'listening');
  return {
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
