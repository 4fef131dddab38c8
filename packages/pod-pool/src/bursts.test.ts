import { afterEach, beforeEach, expect, it } from 'vitest';
import { fakeGateway, type FakeGateway } from './testing/fake-gateway.ts';
import { fakePlatform, type FakePlatform } from './testing/fake-platform.ts';

let platform: FakePlatform;
let gateway: FakeGateway;
beforeEach(async () => {
  platform = await fakePlatform();
  gateway = fakeGateway('g', () => platform.clock.now());
});
afterEach(() => platform.close());

it('starts nothing for the stock while someone waits, whatever is recorded meanwhile', async () => {
  const { ground } = platform;
  const pool = platform.start({ poolSize: 4 });
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  for (const name of names) await platform.addServing(name);
  await platform.pass(2000);
  expect(ground.instances.size).toBe(4);
  gateway.connect(pool.service);
  ground.faults.ready = () => false;
  for (const name of names) {
    gateway.demand(`default/${name}`, 1);
    await platform.pass(5, 5);
  }
  await platform.pass(100, 5);
  expect(ground.calls.adopt).toBe(4);
  expect(ground.instances.size).toBe(names.length);

  ground.faults.ready = () => true;
  for (const id of ground.instances.keys()) ground.makeReady(id);
  await platform.pass(2000, 50);
  expect(gateway.held.size).toBe(names.length);
  const stock = [...ground.instances.values()].filter(({ state }) => state === 'Fresh');
  expect(stock).toHaveLength(4);
});
