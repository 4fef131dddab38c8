import { setCondition, type Gateway, type OFunction } from '@openfunction/resources';
import { because } from '../condition-error.ts';
import type { RouteView } from '../function/world.ts';
import type { Conflict } from './claims.ts';
import type { PlannedEntry, RoutePlan } from './plan.ts';

export interface ViewOptions {
  fn: OFunction;
  plan: RoutePlan;
  /** The entries that are its own. */
  entries: readonly PlannedEntry[];
  conflicts: readonly Conflict[];
  /** Absent: the Gateway that it names does not exist. */
  gateway?: Gateway;
  now: string;
}

const typeNames = {
  PATH_MATCH_TYPE_EXACT: 'Exact',
  PATH_MATCH_TYPE_PREFIX: 'PathPrefix',
  PATH_MATCH_TYPE_PATTERN: 'RegularExpression',
} as const;

/** What the status of a Function says of its route. */
export function routeView(options: ViewOptions): RouteView {
  const { fn, plan, entries, gateway, now } = options;
  const port = portOf(gateway);
  const paths = entries.map(({ path }) => ({ type: typeNames[path.type], value: path.value }));
  const unique = new Map(paths.map((path) => [`${path.type} ${path.value}`, path]));
  // Under a wildcard there are many addresses, and none to name.
  const named = entries.filter(({ host }) => !host.startsWith('*'));
  const addresses = named.map(({ host, path, internal }) => ({
    type: internal ? ('Internal' as const) : ('External' as const),
    value: `http://${host}${internal ? '' : port}${path.type === 'PATH_MATCH_TYPE_PATTERN' ? '/' : path.value}`,
  }));
  const unlike = new Map(addresses.map((address) => [address.value, address]));
  const condition = conditionOf(options);
  const observedGeneration = fn.metadata.generation ?? 0;
  const conditions = setCondition(fn.status?.route?.conditions ?? [], { type: 'Accepted', ...condition, observedGeneration }, now);
  return {
    route: { hosts: [...new Set(entries.map(({ host }) => host))], paths: [...unique.values()], conditions },
    addresses: [...unlike.values()],
    ...(plan.service === undefined ? {} : { service: plan.service }),
    condition,
  };
}

/** As it stands in a URL; nothing for HTTP's own. */
function portOf(gateway: Gateway | undefined): string {
  const listener = gateway?.spec.gatewaySpec?.listeners?.find(({ protocol }) => protocol === 'HTTP');
  return listener === undefined || listener.port === 80 ? '' : `:${listener.port}`;
}

function conditionOf({ fn, plan, conflicts, gateway }: ViewOptions): RouteView['condition'] {
  const { name, namespace } = fn.spec.serving?.triggers?.http?.route?.gatewayRef ?? {};
  if (gateway === undefined) {
    const message = `There is no Gateway "${namespace ?? 'openfunction'}/${name}", so the function is reached from inside only. Create it, or correct gatewayRef.`;
    return { status: 'False', reason: because('GatewayNotFound'), message };
  }
  const [first] = conflicts;
  if (first !== undefined) {
    const more = conflicts.length > 1 ? ` (and ${conflicts.length - 1} more)` : '';
    const message = `Function "${first.owner}" has http://${first.entry.host}${first.entry.path.value}${more} already. Choose another host name or path, or change that function.`;
    return { status: 'False', reason: because('HostnameConflict'), message };
  }
  if (plan.unsupported.length > 0) {
    const message = `Not routed: ${plan.unsupported.join('; ')}.`;
    return { status: 'False', reason: because('UnsupportedValue'), message };
  }
  return { status: 'True', reason: 'Accepted', message: '' };
}
