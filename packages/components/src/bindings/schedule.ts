import { Cron } from 'croner';
import { ComponentError } from '../component-error.ts';
import { duration } from '../metadata/parsers.ts';

/** The next time after a moment, in milliseconds of the epoch; `undefined` when there is none. */
export type Schedule = (after: number) => number | undefined;

const shortcuts: Record<string, string> = {
  '@yearly': '0 0 0 1 1 *',
  '@annually': '0 0 0 1 1 *',
  '@monthly': '0 0 0 1 * *',
  '@weekly': '0 0 0 * * 0',
  '@daily': '0 0 0 * * *',
  '@midnight': '0 0 0 * * *',
  '@hourly': '0 0 * * * *',
};
const leastIntervalMs = 1_000;

/** Reads what Dapr's cron takes: five or six fields, `@every 90s`, `@daily` and its kin, each with `CRON_TZ=Zone` before it. UTC otherwise. */
export function parseSchedule(text: string, startedAt: number): Schedule {
  const [, zone, rest = ''] = /^(?:(?:CRON_)?TZ=(\S+)\s+)?(.*)$/s.exec(text.trim()) ?? [];
  const every = /^@every\s+(\S+)$/.exec(rest)?.[1];
  if (every !== undefined) return interval(text, every, startedAt);
  const pattern = rest.startsWith('@') ? shortcuts[rest] : rest;
  if (pattern === undefined || !/^\S+(?:\s+\S+){4,5}$/.test(pattern)) throw refusal(text, 'it has neither five nor six fields');
  try {
    const cron = new Cron(pattern, { timezone: zone ?? 'UTC', paused: true });
    // A zone that there is not is noticed only here.
    cron.nextRun(new Date(startedAt));
    return (after) => cron.nextRun(new Date(after))?.getTime();
  } catch (error) {
    throw refusal(text, error instanceof Error ? error.message : String(error));
  }
}

function interval(text: string, every: string, startedAt: number): Schedule {
  const parsed = /^\d+$/.test(every) ? undefined : duration().parse(every);
  if (parsed === undefined || parsed === 0) throw refusal(text, 'the interval must be a duration such as 90s');
  const everyMs = Math.max(leastIntervalMs, parsed);
  // Counted from the start, so that late ticks do not push those that follow.
  return (after) => startedAt + (Math.floor((after - startedAt) / everyMs) + 1) * everyMs;
}

function refusal(text: string, why: string): ComponentError {
  return new ComponentError(
    'ComponentInvalid',
    `Schedule ${JSON.stringify(text)} cannot be used: ${why}. Write for example "*/15 * * * *" or "@every 90s".`,
  );
}
