import type { Conditions } from './conditions.ts';
import type { Filters } from './filters.ts';

/** All that leads to one function: `routes.v1` in plain form, as it also lies on disk. */
export interface Route {
  /** namespace/name of the Function. */
  id: string;
  /** Of those that are as specific, the earlier has the request. */
  entries: RouteEntry[];
  /** namespace/name of the Serving; empty: `unavailable` is the answer. */
  serving: string;
  unavailable: string;
  /** It has no Serving yet, and nothing has failed. */
  isPending?: boolean;
  timeouts?: RouteTimeouts;
  /** Milliseconds since the epoch; of two functions that want the same requests the older has them. */
  createdAt?: number;
  /** Requests that may wait for an instance; 0 is the gateway's own. */
  queueLength?: number;
}

export interface RouteEntry {
  /** Lower case, without port; `*.example.com` for a wildcard. */
  host: string;
  /** A pattern is RE2, and matches all of the path. */
  path: { type: 'exact' | 'prefix' | 'pattern'; value: string };
  internal: boolean;
  stripPrefix: string;
  conditions?: Conditions | undefined;
  filters?: Filters | undefined;
  /** In place of the route's own. */
  timeouts?: RouteTimeouts | undefined;
}

/** Milliseconds; 0 is the gateway's own. */
export interface RouteTimeouts {
  headerMs: number;
  idleMs: number;
  totalMs: number;
  /** From the slot of an instance on. */
  backendMs?: number;
}
