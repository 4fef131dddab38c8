import { holdsFor, type Holds, type RoutedRequest } from './route/conditions.ts';
import { patternTest } from './route/patterns.ts';
import { prefixKey } from './route/prefix.ts';
import type { Route, RouteEntry } from './route/route.ts';

/** What a look-up finds. */
export interface RouteMatch {
  route: Route;
  entry: RouteEntry;
  /** Undefined: whatever comes by this host and path. */
  holds: Holds | undefined;
  /** Of an entry whose path is a pattern. */
  pattern: ((path: string) => boolean) | undefined;
}

const anyRequest: RoutedRequest = { method: 'GET', query: '', forwarded: '' };

type Matches = Map<string, RouteMatch[]>;
interface HostPaths {
  exact: Matches;
  prefix: Matches;
  patterns: RouteMatch[];
}
type Hosts = Map<string, HostPaths>;

/**
 * Host and path, and where a rule asks for more that too, to function; a change costs as much as the route has entries.
 * The order is the Gateway API's: the exact host, then the longest wildcard; the exact path, then patterns, then the longest
 * prefix; then a method, more headers, more parameters, the older function, the lower id, the earlier rule. So all gateways agree.
 */
export class RouteTable {
  #routes = new Map<string, Route>();
  #public: Hosts = new Map();
  #internal: Hosts = new Map();

  get size(): number {
    return this.#routes.size;
  }

  get(id: string): Route | undefined {
    return this.#routes.get(id);
  }

  routes(): Route[] {
    return [...this.#routes.values()];
  }

  upsert(route: Route): void {
    this.remove(route.id);
    this.#routes.set(route.id, route);
    for (const entry of route.entries) {
      const pattern = entry.path.type === 'pattern' ? patternTest(entry.path.value) : undefined;
      const match = { route, entry, holds: holdsFor(entry.conditions), pattern };
      add(this.#internal, match);
      if (!entry.internal) add(this.#public, match);
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
  find(host: string, path: string, internal: boolean, request: RoutedRequest = anyRequest): RouteMatch | undefined {
    const hosts = internal ? this.#internal : this.#public;
    const own = hosts.get(host);
    const found = own === undefined ? undefined : findPath(own, path, request);
    if (found !== undefined) return found;
    for (let dot = host.indexOf('.'); dot > 0; dot = host.indexOf('.', dot + 1)) {
      const wild = hosts.get(`*${host.slice(dot)}`);
      const match = wild === undefined ? undefined : findPath(wild, path, request);
      if (match !== undefined) return match;
    }
    return undefined;
  }
}

function findPath(paths: HostPaths, path: string, request: RoutedRequest): RouteMatch | undefined {
  const exact = firstOf(paths.exact.get(path), request);
  if (exact !== undefined) return exact;
  if (paths.patterns.length > 0) {
    const match = paths.patterns.find(({ pattern, holds }) => pattern?.(path) && (holds === undefined || holds(request)));
    if (match !== undefined) return match;
  }
  if (paths.prefix.size === 0) return undefined;
  for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) {
    const match = firstOf(paths.prefix.get(path.slice(0, end)), request);
    if (match !== undefined) return match;
  }
  return firstOf(paths.prefix.get(''), request);
}

function firstOf(matches: RouteMatch[] | undefined, request: RoutedRequest): RouteMatch | undefined {
  if (matches === undefined) return undefined;
  for (const match of matches) if (match.holds === undefined || match.holds(request)) return match;
  return undefined;
}

/** Below 0: the left one is asked first. Equal entries of one route stay in the order of its rules. */
function bySpecificity(left: RouteMatch, right: RouteMatch): number {
  const [a, b] = [left.entry.conditions, right.entry.conditions];
  return (
    Number((b?.method ?? '') !== '') - Number((a?.method ?? '') !== '') ||
    (b?.headers.length ?? 0) - (a?.headers.length ?? 0) ||
    (b?.queryParams.length ?? 0) - (a?.queryParams.length ?? 0) ||
    (left.route.createdAt ?? 0) - (right.route.createdAt ?? 0) ||
    (left.route.id < right.route.id ? -1 : left.route.id > right.route.id ? 1 : 0)
  );
}

function add(hosts: Hosts, match: RouteMatch): void {
  const { host, path } = match.entry;
  let paths = hosts.get(host);
  if (paths === undefined) hosts.set(host, (paths = { exact: new Map(), prefix: new Map(), patterns: [] }));
  if (path.type === 'pattern') paths.patterns = [...paths.patterns, match].sort(bySpecificity);
  else {
    const [map, key] = slotOf(paths, path);
    map.set(key, [...(map.get(key) ?? []), match].sort(bySpecificity));
  }
}

function slotOf(paths: HostPaths, { type, value }: RouteEntry['path']): [Matches, string] {
  return type === 'exact' ? [paths.exact, value] : [paths.prefix, prefixKey(value)];
}

function drop(hosts: Hosts, route: Route, { host, path }: RouteEntry): void {
  const paths = hosts.get(host);
  if (paths === undefined) return;
  const isOthers = (claim: RouteMatch): boolean => claim.route.id !== route.id;
  if (path.type === 'pattern') paths.patterns = paths.patterns.filter(isOthers);
  else {
    const [map, key] = slotOf(paths, path);
    const claims = map.get(key)?.filter(isOthers) ?? [];
    if (claims.length > 0) map.set(key, claims);
    else map.delete(key);
  }
  if (paths.exact.size === 0 && paths.prefix.size === 0 && paths.patterns.length === 0) hosts.delete(host);
}
