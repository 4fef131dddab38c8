import { manualClock } from '@openfunction/reconcile';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scalerContext } from '../testing/scaler-context.ts';
import { openScaler } from './open-scaler.ts';
import type { OpenedScaler, ScalerReading } from './scaler.ts';

const never = new AbortController().signal;
const office = { timezone: 'Asia/Kolkata', start: '0 6 * * *', end: '0 20 * * *', desiredReplicas: '10' };

const open = (metadata: Record<string, string>, now = 0): Promise<OpenedScaler> =>
  openScaler({ type: 'cron', metadata }, scalerContext({ clock: manualClock(now) }));
const at = async (metadata: Record<string, string>, time: string): Promise<ScalerReading> =>
  (await open(metadata, Date.parse(time))).read(never);
const on = { value: 10, isActive: true };
const off = { value: 0, isActive: false };

describe('cron', () => {
  it.each([
    ['just before it begins', office, '2026-03-01T05:59:59+05:30', off],
    ['at the second that it begins', office, '2026-03-01T06:00:00+05:30', on],
    ['in the middle', office, '2026-03-01T12:00:00+05:30', on],
    ['in the last second', office, '2026-03-01T19:59:59+05:30', on],
    ['at the second that it ends', office, '2026-03-01T20:00:00+05:30', off],
    ['at night', office, '2026-03-01T02:00:00+05:30', off],
    ['over midnight', { ...office, start: '0 22 * * *', end: '0 4 * * *' }, '2026-03-01T01:00:00+05:30', on],
    ['after midnight and its end', { ...office, start: '0 22 * * *', end: '0 4 * * *' }, '2026-03-01T04:00:00+05:30', off],
    ['on a weekend', { ...office, start: '0 6 * * 1-5', end: '0 20 * * 1-5' }, '2026-03-01T12:00:00+05:30', off],
    ['in summer time', { ...office, timezone: 'Europe/Berlin' }, '2026-07-01T04:00:00Z', on],
    ['in winter time', { ...office, timezone: 'Europe/Berlin' }, '2026-01-01T04:00:00Z', off],
  ])('is right %s', async (_when, metadata, time, expected) => {
    expect(await at(metadata, time)).toEqual(expected);
  });

  it('follows the clock that it was given', async () => {
    const clock = manualClock(Date.parse('2026-03-01T05:00:00+05:30'));
    const scaler = await openScaler({ type: 'cron', metadata: office }, scalerContext({ clock }));
    expect(scaler).toMatchObject({ name: 'cron-Asia-Kolkata-06xxx-020xxx', target: 1, metricType: 'AverageValue' });
    const seen: number[] = [];
    for (let hour = 0; hour < 48; hour++) {
      seen.push((await scaler.read(never)).value);
      clock.advance(3_600_000);
    }
    expect(seen.filter((value) => value === 10)).toHaveLength(28);
    await scaler.close();
    await expect(scaler.read(never)).rejects.toMatchObject({ code: 'ComponentUnavailable' });
  });

  it('is active for as long as from its start to its end, on any day', async () => {
    const hours = fc.uniqueArray(fc.integer({ min: 0, max: 23 }), { minLength: 2, maxLength: 2 });
    await fc.assert(
      fc.asyncProperty(hours, fc.integer({ min: 0, max: 4e12 }), async ([start = 0, end = 0], moment) => {
        const metadata = { timezone: 'UTC', start: `0 ${start} * * *`, end: `0 ${end} * * *`, desiredReplicas: '1' };
        const hour = new Date(moment).getUTCHours();
        const isWithin = start < end ? hour >= start && hour < end : hour >= start || hour < end;
        expect((await (await open(metadata, moment)).read(never)).isActive).toBe(isWithin);
      }),
    );
  });

  it.each([
    [{ end: office.start }, 'the same'],
    [{ timezone: 'Mars/Crater' }, 'a time zone'],
    [{ timezone: 'UTC * * * * *' }, 'a time zone'],
    [{ start: '@every 5m' }, 'five fields'],
    [{ start: '0 0 6 * * *' }, 'five fields'],
    [{ start: 'CRON_TZ=UTC 0 6 * * *' }, 'five fields'],
    [{ end: '99 6 * * *' }, 'cannot be used'],
    [{ end: '0 0 30 2 *' }, 'never comes'],
    [{ desiredReplicas: '-1' }, 'at least 0'],
    [{ desiredReplica: '1' }, 'Did you mean "desiredReplicas"?'],
  ])('refuses %j', async (metadata, text) => {
    await expect(open({ ...office, ...metadata })).rejects.toThrow(text);
  });

  it('counts instances, so that there is no Value of it', async () => {
    const trigger = { type: 'cron', metadata: office, metricType: 'Value' };
    await expect(openScaler(trigger, scalerContext())).rejects.toThrow('Use AverageValue');
  });
});
