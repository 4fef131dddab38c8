import { checkRoute, keyOf, type OFunction, type RouteRule as Rule, type RouteRuleMatch } from '@openfunction/resources';
import { planFilters } from './filters.ts';
import type { Conditions, RouteEntry, RouteRule, ValueMatch } from './messages.ts';
import { planTimeouts } from './timeouts.ts';
import type { MayRefer } from './references.ts';

/** A rule without the hosts that it holds for. */
export type HostlessRule = Omit<RouteRule, 'entry'> & { path: RouteEntry['path'] };

export interface RuleMatches {
  /** In the order of the rules, which decides between those that are as specific. */
  rules: HostlessRule[];
  /** What is asked for and cannot be done, for people; a rule with such a thing routes nothing, rather than too much. */
  unsupported: string[];
}

const types = {
  Exact: 'PATH_MATCH_TYPE_EXACT',
  PathPrefix: 'PATH_MATCH_TYPE_PREFIX',
  RegularExpression: 'PATH_MATCH_TYPE_PATTERN',
} as const;

/** What spec.serving.triggers.http.route.rules ask for; undefined when there are none. */
export function ruleMatches(fn: OFunction, mayRefer: MayRefer): RuleMatches | undefined {
  const route = fn.spec.serving?.triggers?.http?.route ?? {};
  const rules = route.rules ?? [];
  if (rules.length === 0) return undefined;
  const causes = checkRoute(route, 'route');
  const found: RuleMatches = { rules: [], unsupported: [] };
  for (const [index, rule] of rules.entries()) {
    const at = `route.rules[${index}]`;
    const wrong = causes.filter(({ field }) => field.startsWith(`${at}.`)).map(({ field, message }) => `${field} ${message}`);
    const { filters, refused } = planFilters(rule.filters ?? [], { at: `${at}.filters`, own: keyOf(fn), mayRefer });
    if (wrong.length + refused.length > 0) found.unsupported.push(...wrong, ...refused);
    else found.rules.push(...planRule(rule, filters));
  }
  return found;
}

function planRule({ matches, timeouts }: Rule, filters: RouteRule['filters']): HostlessRule[] {
  const listed = matches === undefined || matches.length === 0 ? [{}] : matches;
  const limits = planTimeouts(timeouts);
  return listed.map((match) => ({
    ...planMatch(match),
    ...(filters === undefined ? {} : { filters }),
    ...(limits === undefined ? {} : { timeouts: limits }),
  }));
}

function planMatch({ path, headers = [], queryParams = [], method }: RouteRuleMatch): Conditions & { path: RouteEntry['path'] } {
  return {
    path: { type: types[path?.type ?? 'PathPrefix'], value: path?.value ?? '/' },
    // Of headers that differ in case alone the first counts, as the Gateway API says.
    headers: firstOfName(headers.map((header) => ({ ...header, name: header.name.toLowerCase() }))),
    queryParams: firstOfName(queryParams),
    method: method ?? '',
  };
}

function firstOfName(list: readonly { name: string; value: string; type?: string | undefined }[]): ValueMatch[] {
  return list
    .filter(({ name }, index) => list.findIndex((other) => other.name === name) === index)
    .map(({ name, value, type }) => ({ name, value, isPattern: type === 'RegularExpression' }));
}

/** Whether a rule says no more than a path. */
export function isPlain({ path, headers, queryParams, method, filters, timeouts }: HostlessRule): boolean {
  const hasConditions = headers.length > 0 || queryParams.length > 0 || method !== '';
  return path.type !== 'PATH_MATCH_TYPE_PATTERN' && !hasConditions && filters === undefined && timeouts === undefined;
}
