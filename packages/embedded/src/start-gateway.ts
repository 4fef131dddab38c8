import { activatorClient, createGateway, followRoutes, type AccessLogEntry } from '@openfunction/gateway';
import { createPoolClient, createRoutesClient, type Transport } from '@openfunction/protocol';
import type { DataFolder } from './data-folder.ts';

export interface GatewayPartOptions {
  folder: DataFolder;
  /** For callers, on loopback; 0: any free one. */
  port: number;
  /** Leads to pool.v1 and routes.v1. */
  transport: Transport;
  /** Absent: requests are not logged. */
  log?: (entry: AccessLogEntry) => void;
}

export interface GatewayPart {
  /** `http://127.0.0.1:PORT` */
  address: string;
  /** Lets requests finish for so long, then cuts them off. */
  close(options: { graceMs: number }): Promise<void>;
}

/** The request path: answers from the copy of the routes on disk while control is away, and keeps the grants that it has. */
export async function startGateway(options: GatewayPartOptions): Promise<GatewayPart> {
  const { folder, transport } = options;
  const ending = new AbortController();
  const gateway = await createGateway({
    public: { host: '127.0.0.1', port: options.port },
    internal: { path: folder.internalSocket },
    activator: activatorClient({ pool: createPoolClient(transport), gatewayId: 'embedded' }),
    log: options.log,
  });
  const following = followRoutes({
    routes: createRoutesClient(transport),
    table: gateway.routes,
    gatewayId: 'embedded',
    copyPath: folder.routesCopy,
    signal: ending.signal,
  });
  return {
    address: gateway.addresses.public,
    async close({ graceMs }) {
      ending.abort();
      await gateway.close({ graceMs });
      await following;
    },
  };
}
