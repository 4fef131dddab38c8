import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fakeGateway } from './testing/fake-gateway.ts';
import type { FakeInstance } from './testing/fake-ground.ts';
import { fakePlatform, type FakePlatform } from './testing/fake-platform.ts';

const hourMs = 3_600_000;
let platform: FakePlatform;
beforeEach(async () => {
  platform = await fakePlatform();
  await platform.addServing('a', {
    spec: { annotations: { 'autoscaling.knative.dev/container-concurrency': '1' }, scaleOptions: { maxReplicas: 1 } },
  });
});
afterEach(() => platform.close());

const serving = (): FakeInstance[] => [...platform.ground.instances.values()].filter(({ state }) => state === 'Serving');

describe.each([-hourMs, hourMs])('a gateway whose clock differs by %i ms (K10)', (aheadMs) => {
  const now = (): number => platform.clock.now() + aheadMs;

  it('is lent slots for as long as any other', async () => {
    const gateway = fakeGateway('g', now);
    gateway.connect(platform.start().service);
    gateway.demand('default/a', 1);
    await platform.pass(3000);
    const [grant] = gateway.held.values();
    const lastsMs = grant!.expiresAtMs - now();
    expect([lastsMs > 25_000, lastsMs <= 30_000]).toEqual([true, true]);
  });

  it('has what it holds counted by the next scheduler, and not after it ended', async () => {
    const gateway = fakeGateway('g', now);
    const first = platform.start();
    gateway.connect(first.service);
    gateway.demand('default/a', 1);
    await platform.pass(1000);
    await first.close();
    const { service } = platform.start();
    gateway.connect(service);
    await platform.pass(1000);
    const other = fakeGateway('h', () => platform.clock.now());
    other.connect(service);
    other.demand('default/a', 1);
    gateway.cutOff();
    await platform.pass(20_000, 1000);
    expect(other.held.size).toBe(0);
    await platform.pass(12_000, 1000);
    expect([other.held.size, serving().length]).toEqual([1, 1]);
  });
});

it('signs tickets by the time that instances have, whatever its own clock says (K10)', async () => {
  const wallTime = platform.clock.now() - hourMs;
  const gateway = fakeGateway('g', () => platform.clock.now());
  gateway.connect(platform.start({ wallTime: () => wallTime }).service);
  gateway.demand('default/a', 1);
  await platform.pass(3000);
  expect(serving()[0]?.ticket?.expiresAtMs).toBe(wallTime + 60_000);
});
