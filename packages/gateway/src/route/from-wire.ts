import type {
  Entry,
  Filters as WireFilters,
  HeaderChanges as WireHeaders,
  PathMatchType,
  Route as WireRoute,
  Rule,
  Timeouts,
} from '@openfunction/protocol';
import type { Filters, HeaderChanges } from './filters.ts';
import type { Route, RouteEntry, RouteTimeouts } from './route.ts';

const types: Record<PathMatchType, RouteEntry['path']['type']> = {
  PATH_MATCH_TYPE_UNSPECIFIED: 'prefix',
  PATH_MATCH_TYPE_EXACT: 'exact',
  PATH_MATCH_TYPE_PREFIX: 'prefix',
  PATH_MATCH_TYPE_PATTERN: 'pattern',
};

/** A route as the controller says it. */
export function fromWire(route: WireRoute): Route {
  return {
    id: route.id ?? '',
    serving: route.serving ?? '',
    unavailable: route.unavailable ?? '',
    isPending: route.pending ?? false,
    timeouts: timeoutsOf(route.timeouts),
    createdAt: route.createdAtMs ?? 0,
    queueLength: route.queueLength ?? 0,
    entries: [...(route.entries ?? []).map((entry) => entryOf(entry)), ...(route.rules ?? []).map(ruleOf)],
  };
}

function entryOf(entry: Entry | undefined): RouteEntry {
  return {
    host: entry?.host ?? '',
    path: { type: types[entry?.path?.type ?? 'PATH_MATCH_TYPE_PREFIX'] ?? 'exact', value: entry?.path?.value || '/' },
    internal: entry?.internal ?? false,
    stripPrefix: entry?.stripPrefix ?? '',
    conditions: undefined,
    filters: undefined,
    timeouts: undefined,
  };
}

function ruleOf({ entry, headers = [], queryParams = [], method = '', filters, timeouts }: Partial<Rule>): RouteEntry {
  const hasConditions = headers.length > 0 || queryParams.length > 0 || method !== '';
  return {
    ...entryOf(entry),
    conditions: hasConditions ? { headers, queryParams, method } : undefined,
    filters: filters === undefined ? undefined : filtersOf(filters),
    timeouts: timeouts === undefined ? undefined : timeoutsOf(timeouts),
  };
}

function timeoutsOf(timeouts: Partial<Timeouts> | undefined): Required<RouteTimeouts> {
  const { headerMs = 0, idleMs = 0, totalMs = 0, backendMs = 0 } = timeouts ?? {};
  return { headerMs, idleMs, totalMs, backendMs };
}

function filtersOf({ redirect, rewriteHost, rewritePath, requestHeaders, responseHeaders, mirrors }: WireFilters): Filters {
  return {
    redirect,
    rewriteHost: rewriteHost ?? '',
    rewritePath,
    requestHeaders: headersOf(requestHeaders),
    responseHeaders: headersOf(responseHeaders),
    mirrors: mirrors ?? [],
  };
}

function headersOf(changes: WireHeaders | undefined): HeaderChanges | undefined {
  return changes === undefined ? undefined : { set: changes.set ?? [], add: changes.add ?? [], remove: changes.remove ?? [] };
}
