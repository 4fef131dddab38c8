import type { AccessLogEntry } from '../access-log.ts';
import type { DeadlineWheel } from '../deadline-wheel.ts';
import type { HeadParser } from '../http1/head-parser.ts';
import type { ResponseParser } from '../http1/response-parser.ts';
import type { GatewayMetrics } from '../metrics.ts';
import type { RouteTable } from '../route-table.ts';
import type { Slots } from '../slots.ts';
import type { UpstreamPool } from '../upstream.ts';
import type { Mirrors } from './mirrors.ts';
import type { RouteWaits } from './route-waits.ts';

export interface ConnectionLimits {
  headBytes: number;
  bodyBytes: number;
}

/** Milliseconds. */
export interface GatewayTimeouts {
  /** From the first byte of a head to its end. */
  headMs: number;
  keepAliveMs: number;
  /** From the request to the head of the answer. */
  headerMs: number;
  /** Without a byte in either direction. */
  idleMs: number;
  totalMs: number;
  /** From the slot of an instance to the end of the answer. */
  backendMs: number;
}

/** What all connections of a gateway share. */
export interface ConnectionContext {
  routes: RouteTable;
  routeWaits: RouteWaits;
  slots: Slots;
  pool: UpstreamPool;
  metrics: GatewayMetrics;
  limits: ConnectionLimits;
  timeouts: GatewayTimeouts;
  wheel: DeadlineWheel;
  now: () => number;
  log: ((entry: AccessLogEntry) => void) | undefined;
  head: HeadParser;
  response: ResponseParser;
  /** Whether GET, HEAD and OPTIONS are sent once more when an instance closes before it answers. */
  retryIdempotent: boolean;
  /** Answers say that the connection ends after them. */
  isClosing: () => boolean;
  /** Uniform in [0, 1). */
  random: () => number;
  /** Copies of requests that are under way. */
  mirrors: Mirrors;
  /** Nothing more is read of any connection. */
  isClosed: () => boolean;
}
