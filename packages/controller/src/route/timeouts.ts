import { durationMs, type RouteRule } from '@openfunction/resources';
import type { Timeouts } from './messages.ts';

/** What routes.v1 takes for "never". */
const noLimitMs = 4_294_967_295;

/** The limits of a rule; undefined when it has none of its own. */
export function planTimeouts(timeouts: RouteRule['timeouts']): Timeouts | undefined {
  const { request, backendRequest } = timeouts ?? {};
  if (request === undefined && backendRequest === undefined) return undefined;
  return { headerMs: 0, idleMs: 0, totalMs: limit(request), backendMs: limit(backendRequest) };
}

function limit(text: string | undefined): number {
  if (text === undefined) return 0;
  const ms = durationMs(text) ?? 0;
  return ms === 0 ? noLimitMs : Math.min(noLimitMs, Math.max(1, Math.round(ms)));
}
