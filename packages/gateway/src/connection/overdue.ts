import type { GatewayErrorCode } from '../error-codes.ts';
import type { RouteTimeouts } from '../route/route.ts';
import type { GatewayTimeouts } from './context.ts';

/** Where an exchange stands, in milliseconds since the epoch. */
export interface ExchangeTimes {
  startedAt: number;
  /** It got the slot of an instance. */
  slotAt: number;
  /** The last byte of the request went to the instance. */
  sentAt: number;
  lastActive: number;
  isRequestWhole: boolean;
  isAnswerBegun: boolean;
}

export interface Overdue {
  code: GatewayErrorCode;
  message: string;
}

/** What is overdue, or when something may be. */
export function overdue(times: ExchangeTimes, timeouts: GatewayTimeouts, now: number): Overdue | number {
  const total = Math.min(times.startedAt + timeouts.totalMs, times.slotAt + timeouts.backendMs);
  if (now > total)
    return { code: 'ResponseTimeout', message: 'The function did not finish its answer in time. Make it faster, or raise its timeout.' };
  const idle = times.lastActive + timeouts.idleMs;
  if (!times.isRequestWhole && now > idle)
    return { code: 'RequestTimeout', message: 'The request body stopped arriving. Send the request again.' };
  if (times.isAnswerBegun && now > idle)
    return { code: 'ResponseTimeout', message: 'The answer stopped arriving. The log of the function may say why.' };
  const header = times.sentAt + timeouts.headerMs;
  if (times.isRequestWhole && !times.isAnswerBegun && now > header)
    return { code: 'ResponseTimeout', message: 'The function did not begin its answer in time. Make it faster, or raise its timeout.' };
  // The next step may have an earlier deadline than this one.
  return Math.min(total, now + soonest(timeouts), times.isRequestWhole && !times.isAnswerBegun ? header : idle);
}

/** The earliest that anything can be overdue after a step. */
export function soonest({ headerMs, idleMs, totalMs, backendMs }: GatewayTimeouts): number {
  return Math.min(headerMs, idleMs, totalMs, backendMs);
}

/** The gateway's timeouts, where the rule and then the route have none of their own. */
export function timeoutsOf(defaults: GatewayTimeouts, route: RouteTimeouts | undefined, rule?: RouteTimeouts): GatewayTimeouts {
  if (rule === undefined && !isSet(route)) return defaults;
  const own = (name: keyof RouteTimeouts): number => rule?.[name] || route?.[name] || defaults[name];
  return { ...defaults, headerMs: own('headerMs'), idleMs: own('idleMs'), totalMs: own('totalMs'), backendMs: own('backendMs') };
}

function isSet(timeouts: RouteTimeouts | undefined): boolean {
  if (timeouts === undefined) return false;
  const { headerMs, idleMs, totalMs, backendMs = 0 } = timeouts;
  return headerMs + idleMs + totalMs + backendMs > 0;
}
