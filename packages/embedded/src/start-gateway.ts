import { setTimeout as sleep } from 'node:timers/promises';
import { activatorClient, createGateway, followRoutes, RouteTable, type AccessLogEntry } from '@openfunction/gateway';
import { createPoolClient, createRoutesClient, type Transport } from '@openfunction/protocol';
import type { DataFolder } from './data-folder.ts';

export interface GatewayPartOptions {
  folder: DataFolder;
  /** For callers, on loopback; 0: any free one. */
  port: number;
  /** The descriptors of that port and of the internal socket, when they are bound already. */
  held?: { public: number; internal: number };
  /** Which of several gateways this is, and how many share what one may hold; one alone by default. */
  member?: GatewayMember;
  /** Leads to pool.v1 and routes.v1. */
  transport: Transport;
  /** Absent: requests are not logged. */
  log?: (entry: AccessLogEntry) => void;
}

/** One of the gateways of a machine. */
export interface GatewayMember {
  /** From 1 on. */
  number: number;
  of: number;
  /** Told apart from one that still finishes what it began. */
  generation: number;
  /** There was one before, whose callers wait in line. */
  isRestart: boolean;
}

const alone: GatewayMember = { number: 1, of: 1, generation: 0, isRestart: false };
/** How long a gateway that starts again waits to be told the routes. */
const longestRoutesWaitMs = 1_000;

export interface GatewayPart {
  /** `http://127.0.0.1:PORT` */
  address: string;
  /** Lets requests finish for so long, then cuts them off. */
  close(options: { graceMs: number; keepIdle?: boolean }): Promise<void>;
}

/** The request path: answers from the copy of the routes on disk while control is away, and keeps the grants that it has. */
export async function startGateway(options: GatewayPartOptions): Promise<GatewayPart> {
  const { folder, transport, held, member = alone } = options;
  const { number, of } = member;
  const gatewayId = `embedded-${number}-${member.generation % 2}`;
  const share = (limit: number): number => Math.ceil(limit / of);
  const ending = new AbortController();
  const routes = new RouteTable();
  const whole = Promise.withResolvers<void>();
  const following = followRoutes({
    routes: createRoutesClient(transport),
    table: routes,
    gatewayId,
    copyPath: number === 1 ? folder.routesCopy : `${folder.routesCopy}.${number}`,
    signal: ending.signal,
    onWhole: whole.resolve,
  });
  // Until then it would answer that functions do not exist; with nobody who knows, the copy on disk has to do.
  if (member.isRestart) await Promise.race([whole.promise, sleep(longestRoutesWaitMs, undefined, { ref: false })]);
  const gateway = await createGateway({
    public: held === undefined ? { host: '127.0.0.1', port: options.port } : { fd: held.public },
    internal: { path: folder.internalSocket, ...(held === undefined ? {} : { fd: held.internal }) },
    activator: activatorClient({ pool: createPoolClient(transport), gatewayId }),
    routes,
    limits: { connections: share(20_000), waiting: share(10_000), waitingPerServing: share(1_000) },
    log: options.log,
  }).catch((error: unknown) => {
    ending.abort();
    throw error;
  });
  return {
    address: gateway.addresses.public,
    async close(how) {
      ending.abort();
      await gateway.close(how);
      await following;
    },
  };
}
