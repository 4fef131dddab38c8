import { manualClock, type ManualClock } from '@openfunction/reconcile';
import { describe, expect, it } from 'vitest';
import type { ComponentEvent } from '../component-context.ts';
import { done, type Deliver, type Subscription } from '../delivery/delivery.ts';
import { testContext } from '../testing/test-context.ts';
import { bindingConformance } from './conformance.ts';
import { cronBinding } from './cron.ts';

async function start(
  schedule: string,
  given: { deliver?: Deliver; clock?: ManualClock } = {},
): Promise<{ clock: ManualClock; times: string[]; events: ComponentEvent[]; subscription: Subscription }> {
  const clock = given.clock ?? manualClock(Date.parse('2026-01-01T00:00:00Z'));
  const events: ComponentEvent[] = [];
  const times: string[] = [];
  const binding = await cronBinding.open(new Map([['schedule', schedule]]), testContext({ clock, report: (event) => events.push(event) }));
  const deliver: Deliver =
    given.deliver ??
    (async ([delivery]) => {
      times.push(delivery?.metadata['readTimeUTC'] ?? '');
      return [done];
    });
  const subscription = await binding.input?.read({ deliver, maxInFlight: 1 });
  if (subscription === undefined) throw new Error('no input');
  return { clock, times, events, subscription };
}
const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
};

describe('bindings.cron', () => {
  bindingConformance(() => cronBinding.open(new Map([['schedule', '@every 1h']]), testContext()));

  it('fires at each time, with the time in its metadata', async () => {
    const { clock, times } = await start('@every 20s');
    for (let second = 0; second < 60; second++) {
      clock.advance(1_000);
      await turns();
    }
    expect(times).toEqual(['2026-01-01T00:00:20.000Z', '2026-01-01T00:00:40.000Z', '2026-01-01T00:01:00.000Z']);
  });

  it('waits months for a time, longer than a timer takes', async () => {
    const { clock, times } = await start('0 0 1 6 *');
    clock.advance(Date.parse('2026-05-31T23:59:59Z') - clock.now());
    expect(times).toEqual([]);
    clock.advance(1_000);
    expect(times).toEqual(['2026-06-01T00:00:00.000Z']);
  });

  it('fires once for what a jump of the clock skipped', async () => {
    const inner = manualClock(Date.parse('2026-01-01T00:00:00Z'));
    let jump = 0;
    const clock: ManualClock = { ...inner, now: () => inner.now() + jump };
    const { times } = await start('0 * * * *', { clock });
    jump = 3 * 3_600_000;
    inner.advance(3_600_000);
    await turns();
    expect(times).toEqual(['2026-01-01T01:00:00.000Z']);
    jump = 0;
    // Back again: the hours that were fired do not come twice.
    inner.advance(3_600_000);
    expect(times).toHaveLength(1);
  });

  it('leaves out a time that meets a busy handler, and says so', async () => {
    let calls = 0;
    const { clock, events } = await start('@every 10s', { deliver: () => (calls++, new Promise(() => {})) });
    clock.advance(25_000);
    expect(calls).toBe(1);
    expect(events.map(({ level }) => level)).toEqual(['warn']);
  });

  it('fires nothing while it is paused, and nothing after its end', async () => {
    const { clock, times, subscription } = await start('@every 10s');
    subscription.pause();
    clock.advance(30_000);
    subscription.resume();
    clock.advance(10_000);
    await turns();
    expect(times).toEqual(['2026-01-01T00:00:40.000Z']);
    await subscription.close();
    clock.advance(60_000);
    expect(times).toHaveLength(1);
  });
});
