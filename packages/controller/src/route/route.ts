import type { FunctionStatus } from '@openfunction/resources';
import type { Route, RouteEntry } from './plan.ts';

/** What gateways are told of a Function. */
export function routeOf(options: {
  key: { namespace: string; name: string };
  entries: RouteEntry[];
  traffic?: string;
  status: FunctionStatus;
}): Route {
  const { key, entries, traffic, status } = options;
  const why = status.serving?.message || status.build?.message || 'it is being prepared';
  return {
    id: `${key.namespace}/${key.name}`,
    entries,
    serving: traffic === undefined ? '' : `${key.namespace}/${traffic}`,
    unavailable: traffic === undefined ? `Function "${key.name}" is not ready: ${why.replace(/\.$/, '')}.` : '',
    timeouts: { headerMs: 0, idleMs: 0, totalMs: 0 },
  };
}
