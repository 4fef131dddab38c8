import { isFailedState, type FunctionStatus, type RequestLimits } from '@openfunction/resources';
import type { Route, RouteRule, Timeouts } from './messages.ts';
import type { PlannedEntry } from './plan.ts';

/** What gateways are told of a Function. */
export function routeOf(options: {
  key: { namespace: string; name: string };
  entries: PlannedEntry[];
  traffic?: string;
  status: FunctionStatus;
  createdAt?: string;
  /** Of the Serving that gets the traffic. */
  limits?: RequestLimits;
}): Route {
  const { key, entries, traffic, status, createdAt = '', limits = {} } = options;
  const why = whyNot(key.name, status);
  const isRuled = entries.some(({ rule }) => rule !== undefined);
  return {
    id: `${key.namespace}/${key.name}`,
    entries: isRuled ? [] : entries,
    rules: isRuled ? entries.map(ruleOf) : [],
    serving: traffic === undefined ? '' : `${key.namespace}/${traffic}`,
    unavailable: traffic === undefined ? `Function "${key.name}" is not ready: ${why ?? 'it is being prepared'}.` : '',
    pending: traffic === undefined && why === undefined,
    timeouts: timeoutsOf(limits),
    createdAtMs: Date.parse(createdAt) || 0,
    queueLength: limits.queueLength ?? 0,
  };
}

/** An instance that watches its time itself is to say so first, and waiting for one takes none of it. */
const graceMs = 1000;
const longestWaitMs = 60_000;

function timeoutsOf({ requestTimeoutMs }: RequestLimits): Timeouts {
  if (requestTimeoutMs === undefined) return { headerMs: 0, idleMs: 0, totalMs: 0, backendMs: 0 };
  const backendMs = requestTimeoutMs + graceMs;
  return { headerMs: backendMs, idleMs: backendMs, totalMs: backendMs + longestWaitMs, backendMs };
}

function ruleOf({ rule, ...entry }: PlannedEntry): RouteRule {
  return { entry, ...(rule ?? { headers: [], queryParams: [], method: '' }) };
}

// Callers are anybody: the compiler's words and the function's own stay with those who may read its status.
function whyNot(name: string, { build, serving }: FunctionStatus): string | undefined {
  const more = `; "ofn describe ${name}" says more`;
  if (isFailedState(build?.state)) return `its build failed (${build?.reason ?? build?.state})${more}`;
  if (isFailedState(serving?.state)) return `it cannot be started (${serving?.reason ?? serving?.state})${more}`;
  return undefined;
}
