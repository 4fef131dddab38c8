import type { OFunction } from '@openfunction/resources';
import type { RouteEntry } from './plan.ts';

export interface RuleMatches {
  paths: RouteEntry['path'][];
  /** What is asked for and cannot be done, for people; such a match routes nothing, rather than too much. */
  unsupported: string[];
}

const types = new Map<unknown, RouteEntry['path']['type']>([
  ['Exact', 'PATH_MATCH_TYPE_EXACT'],
  ['PathPrefix', 'PATH_MATCH_TYPE_PREFIX'],
]);

/** The paths of spec.serving.triggers.http.route.rules; undefined when there are no rules. */
export function ruleMatches(fn: OFunction): RuleMatches | undefined {
  const rules = fn.spec.serving?.triggers?.http?.route?.rules ?? [];
  if (rules.length === 0) return undefined;
  const found: RuleMatches = { paths: [], unsupported: [] };
  for (const [index, { matches, filters }] of rules.entries()) {
    if (Array.isArray(filters) && filters.length > 0) {
      found.unsupported.push(`rules[${index}].filters`);
      continue;
    }
    const listed: unknown[] = Array.isArray(matches) && matches.length > 0 ? matches : [{}];
    for (const [position, match] of listed.entries()) {
      const path = pathOf(match);
      if (path === undefined) found.unsupported.push(`rules[${index}].matches[${position}]`);
      else found.paths.push(path);
    }
  }
  return found;
}

function pathOf(match: unknown): RouteEntry['path'] | undefined {
  const { path = {}, ...others } = Object(match) as { path?: unknown };
  const { type = 'PathPrefix', value = '/' } = Object(path) as { type?: unknown; value?: unknown };
  const known = types.get(type);
  if (known === undefined || typeof value !== 'string' || !value.startsWith('/') || Object.keys(others).length > 0) return undefined;
  return { type: known, value };
}
