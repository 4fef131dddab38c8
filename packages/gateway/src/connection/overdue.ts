import type { GatewayErrorCode } from '../error-codes.ts';
import type { GatewayTimeouts } from './context.ts';

/** Where an exchange stands, in milliseconds since the epoch. */
export interface ExchangeTimes {
  startedAt: number;
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
  const total = times.startedAt + timeouts.totalMs;
  if (now > total) return { code: 'ResponseTimeout', message: 'The function did not finish its answer in time.' };
  const idle = times.lastActive + timeouts.idleMs;
  if (!times.isRequestWhole && now > idle) return { code: 'RequestTimeout', message: 'The request body stopped arriving.' };
  if (times.isAnswerBegun && now > idle) return { code: 'ResponseTimeout', message: 'The answer stopped arriving.' };
  const header = times.sentAt + timeouts.headerMs;
  if (times.isRequestWhole && !times.isAnswerBegun && now > header)
    return { code: 'ResponseTimeout', message: 'The function did not begin its answer in time.' };
  // The next step may have an earlier deadline than this one.
  return Math.min(total, now + soonest(timeouts), times.isRequestWhole && !times.isAnswerBegun ? header : idle);
}

/** The earliest that anything can be overdue after a step. */
export function soonest({ headerMs, idleMs, totalMs }: GatewayTimeouts): number {
  return Math.min(headerMs, idleMs, totalMs);
}

/** The gateway's timeouts, where the route has none of its own. */
export function timeoutsOf(
  defaults: GatewayTimeouts,
  own: { headerMs: number; idleMs: number; totalMs: number } | undefined,
): GatewayTimeouts {
  if (own === undefined || (own.headerMs === 0 && own.idleMs === 0 && own.totalMs === 0)) return defaults;
  return {
    ...defaults,
    headerMs: own.headerMs || defaults.headerMs,
    idleMs: own.idleMs || defaults.idleMs,
    totalMs: own.totalMs || defaults.totalMs,
  };
}
