import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AccessLogEntry } from './access-log.ts';
import type { Activator, ServingLoad } from './activator.ts';
import { ClientConnection } from './connection/client-connection.ts';
import type { ConnectionContext, ConnectionLimits, GatewayTimeouts } from './connection/context.ts';
import { Mirrors } from './connection/mirrors.ts';
import { RouteWaits } from './connection/route-waits.ts';
import { DeadlineWheel } from './deadline-wheel.ts';
import { HeadParser } from './http1/head-parser.ts';
import { ResponseParser } from './http1/response-parser.ts';
import { keepSlots } from './keep-slots.ts';
import { addressOf, closed, listen, type Listen } from './listen.ts';
import { GatewayMetrics } from './metrics.ts';
import { RouteTable } from './route-table.ts';
import { Slots, type SlotLimits } from './slots.ts';
import { steadyNow } from './steady-now.ts';
import { UpstreamPool } from './upstream.ts';

export interface GatewayLimits extends ConnectionLimits, Pick<SlotLimits, 'waiting' | 'waitingPerServing'> {
  connections: number;
  idlePerInstance: number;
}

type AllTimeouts = GatewayTimeouts &
  Pick<SlotLimits, 'coldWaitMs' | 'schedulerAbsenceMs' | 'reconcileMs'> & {
    /** How long a connection to an instance may lie idle. */
    upstreamIdleMs: number;
  };

export interface GatewayOptions {
  public: Listen;
  /** Serves internal entries too. */
  internal?: Listen;
  activator: Activator;
  /** A table that is filled already; an empty one by default. */
  routes?: RouteTable;
  limits?: Partial<GatewayLimits>;
  timeouts?: Partial<AllTimeouts>;
  /** Milliseconds since the epoch, not going back. */
  now?: () => number;
  /** How often deadlines are looked at; 0: only when `sweep` is called. Default 250. */
  sweepMs?: number;
  /** How often load is reported; 0: only when `takeLoads` is called. Default 250. */
  reportMs?: number;
  /** Absent: requests are not logged. A `flush` that it has is called at each sweep. */
  log?: ((entry: AccessLogEntry) => void) & { flush?: () => void };
  /** Send GET, HEAD and OPTIONS once more when an instance closes before it answers. Default false: they may have done something. */
  retryIdempotent?: boolean;
}

export interface Gateway {
  routes: RouteTable;
  addresses: { public: string; internal?: string };
  metrics(): string;
  takeLoads(): ServingLoad[];
  sweep(): void;
  /**
   * Takes connections for `drainMs` more, and ends each after its next answer, which says so; then stops listening, lets
   * requests finish for `graceMs`, and cuts them off. `keepIdle`: kept connections wait as long for one more request; else they
   * are closed when it stops listening, and a request on its way finds nobody.
   */
  close(options?: { graceMs: number; drainMs?: number; keepIdle?: boolean }): Promise<void>;
}

const defaultLimits: GatewayLimits = {
  headBytes: 32_768,
  bodyBytes: 1_073_741_824,
  waiting: 10_000,
  waitingPerServing: 1_000,
  connections: 20_000,
  idlePerInstance: 256,
};
const defaultTimeouts: AllTimeouts = {
  headMs: 10_000,
  keepAliveMs: 75_000,
  headerMs: 60_000,
  idleMs: 300_000,
  totalMs: 600_000,
  backendMs: Infinity,
  coldWaitMs: 60_000,
  schedulerAbsenceMs: 600_000,
  reconcileMs: 15_000,
  upstreamIdleMs: 4_000,
};

/** Starts the request path: HTTP/1.1 in, the instances' sockets out. */
export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  const now = options.now ?? steadyNow;
  const limits = { ...defaultLimits, ...options.limits };
  const timeouts = { ...defaultTimeouts, ...options.timeouts };
  const metrics = new GatewayMetrics();
  const slots = new Slots({
    demand: (serving, waiting) => options.activator.demand(serving, waiting),
    limits: { ...limits, ...timeouts },
    now,
  });
  const pool = new UpstreamPool({ maxIdlePerInstance: limits.idlePerInstance, idleMs: timeouts.upstreamIdleMs });
  const connections = new Set<ClientConnection>();
  let closing = false;
  let draining = false;
  let drained: () => void = () => undefined;
  const onClosed = (connection: ClientConnection): void => {
    connections.delete(connection);
    if (connections.size === 0) drained();
  };
  const routes = options.routes ?? new RouteTable();
  const routeWaits = new RouteWaits(routes, limits.waiting);
  const context: ConnectionContext = {
    routes,
    routeWaits,
    slots,
    pool,
    metrics,
    limits,
    timeouts,
    wheel: new DeadlineWheel(now()),
    now,
    log: options.log,
    head: new HeadParser(),
    response: new ResponseParser(),
    retryIdempotent: options.retryIdempotent ?? false,
    random: Math.random,
    mirrors: new Mirrors(),
    isClosing: () => draining,
    isClosed: () => closing,
  };
  slots.onGone = (instance): void => pool.forget(instance);
  metrics.waiting = (): number => slots.waiting + routeWaits.size;
  metrics.connections = (): number => connections.size;

  const accept =
    (internal: boolean) =>
    (socket: Socket): void => {
      if (connections.size >= limits.connections || closing) {
        metrics.connectionsRefused++;
        return void socket.destroy();
      }
      const connection: ClientConnection = new ClientConnection(socket, { context, internal, onClosed: () => onClosed(connection) });
      connections.add(connection);
    };
  const publicServer = await listen(options.public, accept(false));
  const internalServer = options.internal === undefined ? undefined : await listen(options.internal, accept(true));

  const sweep = (): void => {
    const at = now();
    slots.sweep();
    routeWaits.sweep(at);
    pool.sweep(at);
    context.wheel.advance(at);
    options.log?.flush?.();
  };
  const kept = keepSlots({
    slots,
    activator: options.activator,
    sweep,
    onDial: ({ instance, endpoint }) => pool.dial(instance, endpoint, now()),
    sweepMs: options.sweepMs ?? 250,
    reportMs: options.reportMs ?? 250,
  });

  return {
    routes: context.routes,
    addresses: {
      public: addressOf(publicServer, options.public),
      ...(internalServer && options.internal ? { internal: addressOf(internalServer, options.internal) } : {}),
    },
    metrics: () => metrics.text(),
    takeLoads: () => slots.takeLoads(),
    sweep,
    async close({ graceMs, drainMs = 0, keepIdle = false } = { graceMs: 0 }) {
      draining = true;
      if (drainMs > 0) await sleep(drainMs);
      closing = true;
      const ended = Promise.all([closed(publicServer), closed(internalServer)]);
      for (const connection of connections) if ((connection.isIdle && !keepIdle) || graceMs === 0) connection.destroy();
      const cut = setTimeout(() => {
        for (const connection of connections) connection.destroy();
      }, graceMs);
      if (connections.size > 0) await new Promise<void>((done) => (drained = done));
      await ended;
      clearTimeout(cut);
      context.mirrors.close();
      const isKept = kept.close();
      pool.close();
      await isKept;
      options.log?.flush?.();
    },
  };
}
