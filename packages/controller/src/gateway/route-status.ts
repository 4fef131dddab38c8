import { setCondition, type FunctionStatus, type OFunction } from '@openfunction/resources';
import { ruleMatches } from './matches.ts';
import type { Route } from './plan.ts';

/** What the status of a Function says of its route; nothing when it has none. */
export function routeStatus(fn: OFunction, route: Route | undefined, now: string): Pick<FunctionStatus, 'route' | 'addresses'> {
  if (route === undefined) return {};
  const paths = route.entries.map(({ path }) => ({
    type: path.type === 'PATH_MATCH_TYPE_EXACT' ? 'Exact' : 'PathPrefix',
    value: path.value,
  }));
  const addresses = route.entries.map(({ host, path, internal }) => ({
    type: internal ? ('Internal' as const) : ('External' as const),
    value: `http://${host}${path.value}`,
  }));
  const unsupported = ruleMatches(fn)?.unsupported ?? [];
  const message = `Not routed: ${unsupported.join(', ')}; use matches with a path of type Exact or PathPrefix, and no filters.`;
  const refused = { type: 'Accepted', status: 'False' as const, reason: 'UnsupportedValue', message };
  const accepted = { type: 'Accepted', status: 'True' as const, reason: 'Accepted', message: '' };
  const conditions = setCondition(fn.status?.route?.conditions ?? [], unsupported.length > 0 ? refused : accepted, now);
  return { route: { hosts: [...new Set(route.entries.map(({ host }) => host))], paths, conditions }, addresses };
}
