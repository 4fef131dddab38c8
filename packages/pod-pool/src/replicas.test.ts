import { afterEach, beforeEach, expect, it } from 'vitest';
import type { PodPool } from './start-pod-pool.ts';
import { fakeGateway, type FakeGateway } from './testing/fake-gateway.ts';
import type { FakeInstance } from './testing/fake-ground.ts';
import { fakePlatform, type FakePlatform } from './testing/fake-platform.ts';

let platform: FakePlatform;
let gateway: FakeGateway;
let holder: 'one' | 'two' | undefined;
let replicas: Record<'one' | 'two', PodPool>;
beforeEach(async () => {
  platform = await fakePlatform();
  gateway = fakeGateway('g', () => platform.clock.now());
  holder = 'one';
  replicas = {
    one: platform.start({ leading: () => holder === 'one' }),
    two: platform.start({ leading: () => holder === 'two' }),
  };
});
afterEach(() => platform.close());

const serving = (): FakeInstance[] => [...platform.ground.instances.values()].filter(({ state }) => state === 'Serving');

function hand(to: typeof holder): void {
  holder = to;
  for (const pool of Object.values(replicas)) pool.leadingChanged();
}

it('has one replica that claims, and the others send gateways and the controller away', async () => {
  await platform.addServing('a');
  await platform.pass(1000);
  gateway.connect(replicas.two.service);
  const told = replicas.two.service.watchServings({}, new AbortController().signal)[Symbol.asyncIterator]();
  await expect(told.next()).rejects.toThrow('NotHolder');
  await platform.pass(100);
  expect(gateway.error).toMatchObject({ code: 'Unavailable' });
  gateway.connect(replicas.one.service);
  gateway.demand('default/a', 1);
  await platform.pass(1000);
  expect(gateway.held.size).toBe(1);
});

it('serves who waited at the replica that went, at the next one and at once', async () => {
  platform.ground.faults.ready = () => false;
  await platform.addServing('a');
  await platform.pass(2000);
  gateway.connect(replicas.one.service);
  gateway.demand('default/a', 1);
  await platform.pass(100);
  hand('two');
  await platform.pass(100, 20);
  expect(gateway.error).toMatchObject({ code: 'Unavailable' });
  gateway.connect(replicas.two.service);
  gateway.demand('default/a', 1);
  for (const id of platform.ground.instances.keys()) platform.ground.makeReady(id);
  await platform.pass(500, 50);
  expect([gateway.held.size, serving().length]).toEqual([1, 1]);
});

it('keeps what runs when the lead moves there and back: no instance is ended and none is made twice', async () => {
  await platform.addServing('a');
  await platform.pass(2000);
  gateway.connect(replicas.one.service);
  gateway.demand('default/a', 1);
  await platform.pass(1000);
  const before = serving();
  expect(before).toHaveLength(1);
  for (const next of ['two', 'one', 'two'] as const) {
    hand(next);
    await platform.pass(100);
    gateway.connect(replicas[next].service);
    gateway.report('default/a', 1);
    await platform.pass(1000);
    expect(serving()).toEqual(before);
  }
  expect(platform.logged).toEqual([]);
});
