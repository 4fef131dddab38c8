/** The messages of routes.v1, as plain values. */
export interface Route {
  id: string;
  /** All that leads here, where that is hosts and paths and no more. */
  entries: RouteEntry[];
  /** Else all of it. */
  rules: RouteRule[];
  serving: string;
  unavailable: string;
  pending: boolean;
  timeouts: Timeouts;
  createdAtMs: number;
  queueLength: number;
}

export interface RouteEntry {
  host: string;
  path: { type: `PATH_MATCH_TYPE_${'EXACT' | 'PREFIX' | 'PATTERN'}`; value: string };
  internal: boolean;
  stripPrefix: string;
}

export interface RouteRule extends Conditions {
  entry: RouteEntry;
  filters?: Filters;
  timeouts?: Timeouts;
}

export interface Conditions {
  headers: ValueMatch[];
  queryParams: ValueMatch[];
  method: string;
}

export interface ValueMatch {
  name: string;
  value: string;
  isPattern: boolean;
}

export interface Filters {
  redirect?: { scheme: string; host: string; port: number; path?: PathChange; status: number };
  rewriteHost: string;
  rewritePath?: PathChange;
  requestHeaders?: HeaderChanges;
  responseHeaders?: HeaderChanges;
  mirrors: { route: string; share: number }[];
}

export interface PathChange {
  isPrefix: boolean;
  value: string;
}

export interface HeaderChanges {
  set: Header[];
  add: Header[];
  remove: string[];
}

interface Header {
  name: string;
  value: string;
}

export interface Timeouts {
  headerMs: number;
  idleMs: number;
  totalMs: number;
  backendMs: number;
}
