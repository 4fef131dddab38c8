import { chmodSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { AccessLogEntry } from './access-log.ts';
import type { Activator, ServingLoad } from './activator.ts';
import { ClientConnection, type ConnectionContext, type ConnectionLimits, type GatewayTimeouts } from './connection.ts';
import { HeadParser } from './http1/head-parser.ts';
import { ResponseParser } from './http1/response-parser.ts';
import { GatewayMetrics } from './metrics.ts';
import { RouteTable } from './route-table.ts';
import { Slots, type SlotLimits } from './slots.ts';
import { UpstreamPool } from './upstream.ts';

/** Where to listen: a port (0: any free one) or the path of a Unix socket. */
export type Listen = { host: string; port: number } | { path: string };

export interface GatewayLimits extends ConnectionLimits, Omit<SlotLimits, 'coldWaitMs'> {
  connections: number;
  idlePerInstance: number;
}

export interface GatewayOptions {
  public: Listen;
  /** Serves internal entries too. */
  internal?: Listen;
  activator: Activator;
  limits?: Partial<GatewayLimits>;
  timeouts?: Partial<GatewayTimeouts & { coldWaitMs: number }>;
  /** Milliseconds since the epoch, not going back. */
  now?: () => number;
  /** How often deadlines are looked at; 0: only when `sweep` is called. Default 250. */
  sweepMs?: number;
  /** How often load is reported; 0: only when `takeLoads` is called. Default 1,000. */
  reportMs?: number;
  /** Absent: requests are not logged. */
  log?: (entry: AccessLogEntry) => void;
}

export interface Gateway {
  routes: RouteTable;
  addresses: { public: string; internal?: string };
  metrics(): string;
  takeLoads(): ServingLoad[];
  sweep(): void;
  /** Stops listening, lets requests finish for so long, then cuts them off. */
  close(options?: { graceMs: number }): Promise<void>;
}

const defaultLimits: GatewayLimits = {
  headBytes: 32_768,
  bodyBytes: 1_073_741_824,
  waiting: 10_000,
  waitingPerServing: 1_000,
  connections: 20_000,
  idlePerInstance: 256,
};
const defaultTimeouts = { headMs: 10_000, keepAliveMs: 75_000, headerMs: 60_000, idleMs: 300_000, totalMs: 600_000, coldWaitMs: 60_000 };

/** Starts the request path: HTTP/1.1 in, the instances' sockets out. */
export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  const now = options.now ?? ((): number => performance.timeOrigin + performance.now());
  const limits = { ...defaultLimits, ...options.limits };
  const timeouts = { ...defaultTimeouts, ...options.timeouts };
  const stop = new AbortController();
  const metrics = new GatewayMetrics();
  const slots = new Slots({
    demand: (serving, waiting) => options.activator.demand(serving, waiting),
    limits: { ...limits, coldWaitMs: timeouts.coldWaitMs },
    now,
  });
  const pool = new UpstreamPool({ maxIdlePerInstance: limits.idlePerInstance });
  const connections = new Set<ClientConnection>();
  let closing = false;
  const context: ConnectionContext = {
    routes: new RouteTable(),
    slots,
    pool,
    metrics,
    limits,
    timeouts,
    now,
    log: options.log,
    head: new HeadParser(),
    response: new ResponseParser(),
    isClosing: () => closing,
  };
  slots.onGone = (instance): void => pool.forget(instance);
  metrics.waiting = (): number => slots.waiting;
  metrics.connections = (): number => connections.size;

  const accept =
    (internal: boolean) =>
    (socket: Socket): void => {
      if (connections.size >= limits.connections) return void socket.destroy();
      socket.setNoDelay(true);
      const connection = new ClientConnection(socket, context, internal);
      connections.add(connection);
      socket.on('close', () => connections.delete(connection));
    };
  const publicServer = await listen(options.public, accept(false));
  const internalServer = options.internal === undefined ? undefined : await listen(options.internal, accept(true));

  const sweep = (): void => {
    const at = now();
    slots.sweep();
    for (const connection of connections) connection.sweep(at);
  };
  const report = (): void => {
    const loads = slots.takeLoads();
    if (loads.length > 0) options.activator.report(loads);
  };
  const timers = [every(options.sweepMs ?? 250, sweep), every(options.reportMs ?? 1000, report)];
  const following = follow(options.activator, slots, stop.signal);

  return {
    routes: context.routes,
    addresses: {
      public: addressOf(publicServer, options.public),
      ...(internalServer && options.internal ? { internal: addressOf(internalServer, options.internal) } : {}),
    },
    metrics: () => metrics.text(),
    takeLoads: () => slots.takeLoads(),
    sweep,
    async close({ graceMs } = { graceMs: 0 }) {
      closing = true;
      const closed = [publicServer, internalServer].map(
        (server) => new Promise<void>((done) => (server === undefined ? done() : server.close(() => done()))),
      );
      for (const connection of connections) if (connection.isIdle || graceMs === 0) connection.destroy();
      const cut = setTimeout(() => {
        for (const connection of connections) connection.destroy();
      }, graceMs);
      await Promise.all(closed);
      clearTimeout(cut);
      for (const timer of timers) clearInterval(timer);
      stop.abort();
      pool.close();
      await following;
    },
  };
}

async function follow(activator: Activator, slots: Slots, signal: AbortSignal): Promise<void> {
  try {
    for await (const message of activator.grants(signal)) slots.apply(message);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

function every(ms: number, run: () => void): NodeJS.Timeout | undefined {
  return ms > 0 ? setInterval(run, ms).unref() : undefined;
}

async function listen(at: Listen, accept: (socket: Socket) => void): Promise<Server> {
  const server = createServer(accept);
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

function addressOf(server: Server, at: Listen): string {
  if ('path' in at) return at.path;
  const { address, port, family } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
