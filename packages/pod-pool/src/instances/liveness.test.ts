import { manualClock } from '@openfunction/reconcile';
import { expect, it } from 'vitest';
import { timers } from '../timers.ts';
import { fakePlatform, settle } from '../testing/fake-platform.ts';
import { liveness, silentMs } from './liveness.ts';
import type { ServingWorld } from '../serving/world.ts';

async function silent(): Promise<{ check: (afterMs: number, starved?: boolean) => Promise<void>; lost: string[] }> {
  const clock = manualClock(1000);
  const lost: string[] = [];
  const platform = await fakePlatform();
  const endpoint = { kind: 'unix' as const, path: '/none' };
  const replica = { instance: { id: 'i', endpoints: { control: endpoint, traffic: endpoint } }, silentSince: undefined };
  const world = { id: 'n/s', replicas: new Map([['i', replica]]) } as unknown as ServingWorld;
  const alive = liveness({
    control: platform.ground.control,
    timers: timers(clock, () => undefined),
    endings: { lose: (_, id, why) => lost.push(`${id} ${why}`), drain: () => undefined },
  });
  return {
    lost,
    check: async (afterMs, starved = false) => {
      clock.advance(afterMs);
      if (starved) alive.forgive(world);
      alive.check(world);
      await settle();
    },
  };
}

it('ends an instance that is silent for the whole time', async () => {
  const { check, lost } = await silent();
  await check(0);
  await check(silentMs - 1);
  expect(lost).toEqual([]);
  await check(1);
  expect(lost).toEqual(['i silent']);
});

it('blames no instance for the time in which the scheduler itself did not run', async () => {
  const { check, lost } = await silent();
  await check(0);
  await check(silentMs, true);
  expect(lost).toEqual([]);
  await check(silentMs);
  expect(lost).toEqual(['i silent']);
});
