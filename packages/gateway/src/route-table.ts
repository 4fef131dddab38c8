/** All that leads to one function: `routes.v1` in plain form. */
export interface Route {
  /** namespace/name of the Function. */
  id: string;
  entries: RouteEntry[];
  /** namespace/name of the Serving; empty: `unavailable` is the answer. */
  serving: string;
  unavailable: string;
  timeouts?: { headerMs: number; idleMs: number; totalMs: number };
}

export interface RouteEntry {
  /** Lower case, without port; `*.example.com` for a wildcard. */
  host: string;
  path: { type: 'exact' | 'prefix'; value: string };
  internal: boolean;
  stripPrefix: string;
}

/** What a look-up finds. */
export interface RouteMatch {
  route: Route;
  entry: RouteEntry;
}

type Matches = Map<string, RouteMatch[]>;
interface HostPaths {
  exact: Matches;
  prefix: Matches;
}
type Hosts = Map<string, HostPaths>;

/**
 * Host and path to function. A change costs as much as the route has entries. Where two functions claim the
 * same host and path, the lower id has it, whatever came first, so that all gateways agree.
 */
export class RouteTable {
  #routes = new Map<string, Route>();
  #public: Hosts = new Map();
  #internal: Hosts = new Map();

  get size(): number {
    return this.#routes.size;
  }

  routes(): Route[] {
    return [...this.#routes.values()];
  }

  upsert(route: Route): void {
    this.remove(route.id);
    this.#routes.set(route.id, route);
    for (const entry of route.entries) {
      add(this.#internal, { route, entry });
      if (!entry.internal) add(this.#public, { route, entry });
    }
  }

  remove(id: string): void {
    const route = this.#routes.get(id);
    if (route === undefined) return;
    this.#routes.delete(id);
    for (const entry of route.entries) {
      drop(this.#internal, route, entry);
      drop(this.#public, route, entry);
    }
  }

  /** Puts a whole new table in place of this one, at once. */
  replaceAll(routes: Iterable<Route>): void {
    const next = new RouteTable();
    for (const route of routes) next.upsert(route);
    this.#routes = next.#routes;
    this.#public = next.#public;
    this.#internal = next.#internal;
  }

  /** Internal entries are found for the internal listener only. */
  find(host: string, path: string, internal: boolean): RouteMatch | undefined {
    const hosts = internal ? this.#internal : this.#public;
    const own = hosts.get(host);
    const found = own === undefined ? undefined : findPath(own, path);
    if (found !== undefined) return found;
    for (let dot = host.indexOf('.'); dot > 0; dot = host.indexOf('.', dot + 1)) {
      const wild = hosts.get(`*${host.slice(dot)}`);
      const match = wild === undefined ? undefined : findPath(wild, path);
      if (match !== undefined) return match;
    }
    return undefined;
  }
}

function findPath(paths: HostPaths, path: string): RouteMatch | undefined {
  const exact = paths.exact.get(path);
  if (exact !== undefined) return exact[0];
  if (paths.prefix.size === 0) return undefined;
  for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) {
    const match = paths.prefix.get(path.slice(0, end));
    if (match !== undefined) return match[0];
  }
  return paths.prefix.get('')?.[0];
}

function prefixKey(value: string): string {
  return value.endsWith('/') ? value.slice(0, -1) : value;
}

function slotOf(paths: HostPaths, entry: RouteEntry): [Matches, string] {
  return entry.path.type === 'exact' ? [paths.exact, entry.path.value] : [paths.prefix, prefixKey(entry.path.value)];
}

function add(hosts: Hosts, match: RouteMatch): void {
  let paths = hosts.get(match.entry.host);
  if (paths === undefined) hosts.set(match.entry.host, (paths = { exact: new Map(), prefix: new Map() }));
  const [map, key] = slotOf(paths, match.entry);
  const claims = [...(map.get(key) ?? []), match];
  map.set(
    key,
    claims.sort((a, b) => (a.route.id < b.route.id ? -1 : a.route.id > b.route.id ? 1 : 0)),
  );
}

function drop(hosts: Hosts, route: Route, entry: RouteEntry): void {
  const paths = hosts.get(entry.host);
  if (paths === undefined) return;
  const [map, key] = slotOf(paths, entry);
  const claims = map.get(key)?.filter((claim) => claim.route.id !== route.id) ?? [];
  if (claims.length > 0) map.set(key, claims);
  else map.delete(key);
  if (paths.exact.size === 0 && paths.prefix.size === 0) hosts.delete(entry.host);
}

/** The path that the function sees. */
export function strippedPath(path: string, stripPrefix: string): string {
  const prefix = prefixKey(stripPrefix);
  if (prefix === '' || !path.startsWith(prefix)) return path;
  const rest = path.slice(prefix.length);
  if (rest === '') return '/';
  return rest.startsWith('/') ? rest : path;
}
