import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ComponentError } from '../component-error.ts';
import { parseSchedule } from './schedule.ts';

const at = (text: string): number => Date.parse(text);
const next = (schedule: string, after: string, startedAt = after): string | undefined => {
  const time = parseSchedule(schedule, at(startedAt))(at(after));
  return time === undefined ? undefined : new Date(time).toISOString();
};

describe('parseSchedule', () => {
  it.each([
    ['*/15 * * * *', '2026-01-01T00:01:00Z', '2026-01-01T00:15:00.000Z'],
    ['*/10 * * * * *', '2026-01-01T00:00:01Z', '2026-01-01T00:00:10.000Z'],
    ['@every 90s', '2026-01-01T00:00:00Z', '2026-01-01T00:01:30.000Z'],
    ['@every 1h30m', '2026-01-01T00:00:00Z', '2026-01-01T01:30:00.000Z'],
    ['@every 1ns', '2026-01-01T00:00:00Z', '2026-01-01T00:00:01.000Z'],
    ['@daily', '2026-01-01T10:00:00Z', '2026-01-02T00:00:00.000Z'],
    ['@hourly', '2026-01-01T10:00:00Z', '2026-01-01T11:00:00.000Z'],
    ['CRON_TZ=Europe/Berlin 0 9 * * *', '2026-01-01T00:00:00Z', '2026-01-01T08:00:00.000Z'],
    ['CRON_TZ=Europe/Berlin 0 9 * * *', '2026-07-01T00:00:00Z', '2026-07-01T07:00:00.000Z'],
    ['0 0 30 2 *', '2026-01-01T00:00:00Z', undefined],
  ])('%s after %s is %s', (schedule, after, expected) => {
    expect(next(schedule, after)).toBe(expected);
  });

  it('counts an interval from the start, whatever is late', () => {
    expect(next('@every 10s', '2026-01-01T00:00:25Z', '2026-01-01T00:00:00Z')).toBe('2026-01-01T00:00:30.000Z');
  });

  it.each([
    '',
    '* * *',
    '@every',
    '@every 0s',
    '@every -5s',
    '@every 5',
    '@sometimes',
    '61 * * * *',
    'TZ=Nowhere/Here * * * * *',
    '* * * * * * *',
  ])('refuses %j', (schedule) => {
    expect(() => parseSchedule(schedule, 0)(0)).toThrow(ComponentError);
  });

  it('is always later than the moment', () => {
    const schedules = fc.constantFrom('*/7 * * * *', '@every 13s', '0 0 1 * *', 'CRON_TZ=America/New_York 30 2 * * *');
    fc.assert(
      fc.property(schedules, fc.integer({ min: 0, max: 4e12 }), (schedule, after) => {
        expect(parseSchedule(schedule, 0)(after) ?? Infinity).toBeGreaterThan(after);
      }),
    );
  });
});
