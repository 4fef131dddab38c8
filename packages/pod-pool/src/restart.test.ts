import { servingKind } from '@openfunction/resources';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fakeGateway, type FakeGateway } from './testing/fake-gateway.ts';
import type { FakeInstance } from './testing/fake-ground.ts';
import { fakePlatform, type FakePlatform } from './testing/fake-platform.ts';

let platform: FakePlatform;
let gateway: FakeGateway;
beforeEach(async () => {
  platform = await fakePlatform();
  gateway = fakeGateway('g', () => platform.clock.now());
});
afterEach(() => platform.close());

const target = (count: number) => ({ spec: { annotations: { 'autoscaling.knative.dev/container-concurrency': String(count) } } });
const instances = (): FakeInstance[] => [...platform.ground.instances.values()];
const serving = (): FakeInstance[] => instances().filter(({ state }) => state === 'Serving');

it('finds a recorded instance again, and goes on with what the gateway holds of it', async () => {
  await platform.addServing('a', target(10));
  const first = platform.start();
  await platform.pass(4000);
  gateway.connect(first.service);
  gateway.demand('default/a', 1);
  await platform.pass(1000);
  const before = [...gateway.held.values()];
  await first.close();

  const second = platform.start();
  gateway.connect(second.service);
  const other = fakeGateway('h', () => platform.clock.now());
  other.connect(second.service);
  await platform.pass(1000);
  other.demand('default/a', 1);
  await platform.pass(1000);
  // All ten slots are held by the first, so the second gets another instance.
  expect(before).toMatchObject([{ slots: 10 }]);
  expect(other.held.keys().next().value).not.toBe(before[0]?.instance);
  expect(serving()).toHaveLength(2);
});

it('finds and records an instance that was loaded just before the end', async () => {
  await platform.addServing('a');
  const first = platform.start();
  await platform.pass(2000);
  gateway.connect(first.service);
  platform.ground.faults.adopt = () => true;
  gateway.demand('default/a', 1);
  await platform.pass(50, 50);
  await first.close();
  const [loaded] = serving();
  expect(loaded?.record.digest).toBeUndefined();

  platform.ground.faults.adopt = () => false;
  platform.start();
  await platform.pass(3000);
  expect(serving()).toEqual([loaded]);
  expect(loaded?.record).toMatchObject({
    owner: { kind: 'Serving', key: { name: 'a' } },
    digest: expect.stringContaining('sha256:') as string,
  });
});

it('ends what belongs to a Serving that is gone, and what was loaded for another one', async () => {
  await platform.addServing('a');
  await platform.addServing('b');
  const first = platform.start();
  await platform.pass(2000);
  gateway.connect(first.service);
  gateway.demand('default/a', 1);
  await platform.pass(1000);
  platform.ground.faults.adopt = () => true;
  gateway.demand('default/b', 1);
  await platform.pass(50, 50);
  await first.close();
  expect(serving()).toHaveLength(2);
  for (const name of ['a', 'b']) await platform.store.delete(servingKind, { namespace: 'default', name });
  await platform.addServing('b', { metadata: { ownerReferences: [{ apiVersion: 'v1', kind: 'Function', name: 'b', uid: 'another' }] } });

  platform.start();
  await platform.pass(5000);
  expect(serving()).toEqual([]);
});

it('removes the pool of a namespace that has no Serving any more', async () => {
  await platform.addServing('a');
  const first = platform.start();
  await platform.pass(2000);
  await first.close();
  await platform.store.delete(servingKind, { namespace: 'default', name: 'a' });
  platform.start();
  await platform.pass(3000);
  expect(instances()).toEqual([]);
});

it('scales nothing down before it has watched for a whole window', async () => {
  await platform.addServing('a', target(1));
  const first = platform.start();
  await platform.pass(2000);
  gateway.connect(first.service);
  gateway.demand('default/a', 4);
  await platform.pass(1000);
  expect(serving()).toHaveLength(4);
  await first.close();
  const second = platform.start();
  gateway.connect(second.service);
  await platform.pass(55_000, 1000);
  expect(serving()).toHaveLength(4);
  await platform.pass(30_000, 1000);
  expect(serving()).toHaveLength(0);
});

it('claims nothing while another one leads, and takes over all that there is', async () => {
  await platform.addServing('a');
  let leads = 'first';
  const first = platform.start({ leading: () => leads === 'first' });
  const second = platform.start({ leading: () => leads === 'second' });
  await platform.pass(2000);
  const other = fakeGateway('h', () => platform.clock.now());
  other.connect(second.service);
  gateway.connect(first.service);
  gateway.demand('default/a', 1);
  await platform.pass(1000);
  expect(String(other.error)).toContain('NotHolder');
  const [held] = gateway.held.values();

  leads = 'second';
  await platform.pass(3000);
  expect(String(gateway.error)).toContain('NotHolder');
  gateway.connect(second.service);
  gateway.report('default/a', 1);
  await platform.pass(30_000, 1000);
  gateway.report('default/a', 1);
  await platform.pass(3000);
  expect(serving().map(({ record }) => record.id)).toEqual([held?.instance]);
});

it('makes no second instance of a minimum when it comes to lead', async () => {
  await platform.addServing('a', { spec: { scaleOptions: { minReplicas: 1 } } });
  let leads = 'first';
  platform.start({ leading: () => leads === 'first' });
  platform.start({ leading: () => leads === 'second' });
  await platform.pass(3000);
  const before = serving().map(({ record }) => record.id);
  expect(before).toHaveLength(1);

  leads = 'second';
  await platform.pass(5000);
  expect(serving().map(({ record }) => record.id)).toEqual(before);
});

it('changes nothing in 100 restarts (K12)', async () => {
  await platform.addServing('a');
  let pool = platform.start();
  await platform.pass(2000);
  gateway.connect(pool.service);
  gateway.demand('default/a', 1);
  await platform.pass(3000);
  const told = (): unknown => [instances().map(({ record }) => record), [...platform.ground.applied], platform.ground.calls.adopt];
  const before = structuredClone(told());
  expect(serving()).toHaveLength(1);
  for (let restart = 0; restart < 100; restart += 1) {
    await pool.close();
    pool = platform.start();
    gateway.connect(pool.service);
    gateway.report('default/a', 1);
    await platform.pass(2000);
  }
  expect(told()).toEqual(before);
});

it('leaves a part of each instance to the gateway that comes second', async () => {
  await platform.addServing('a');
  const { service } = platform.start();
  await platform.pass(1000);
  gateway.connect(service);
  gateway.demand('default/a', 1);
  await platform.pass(500);
  const other = fakeGateway('h', () => platform.clock.now());
  other.connect(service);
  other.demand('default/a', 1);
  await platform.pass(1000);
  expect([gateway.held.size, other.held.size, serving().length]).toEqual([1, 1, 1]);
});

it.each(['Serving', 'Loading'] as const)('makes no second instance for who waits of one that is %s and was not recorded', async (state) => {
  const { metadata } = await platform.addServing('a');
  let leads = '';
  const pool = platform.start({ leading: () => leads === 'me' });
  const other = platform.start({ leading: () => leads === '' });
  await platform.pass(2000);
  await other.close();
  const [taken] = instances();
  const ticket = { serving: 'default/a', functionUid: metadata.uid ?? '', generation: metadata.generation ?? 0 };
  Object.assign(taken!, { state, ticket });
  leads = 'me';
  pool.leadingChanged();
  gateway.connect(pool.service);
  gateway.demand('default/a', 1);
  await platform.pass(300, 50);
  taken!.state = 'Serving';
  await platform.pass(3000);
  expect([...gateway.held.keys()]).toEqual([taken?.record.id]);
  expect(serving()).toHaveLength(1);
});

it('waits no longer than a second for instances that do not say what they are, before it serves', async () => {
  await platform.addServing('a');
  let leads = '';
  const pool = platform.start({ leading: () => leads === 'me' });
  const other = platform.start({ leading: () => leads === '' });
  await platform.pass(2000);
  await other.close();
  const [stuck] = instances();
  stuck!.state = 'Loading';
  leads = 'me';
  pool.leadingChanged();
  gateway.connect(pool.service);
  gateway.demand('default/a', 1);
  await platform.pass(1500, 100);
  expect(gateway.held.size).toBe(1);
});

it('leaves an instance alone that another scheduler has loaded, and takes another one', async () => {
  const { metadata } = await platform.addServing('b');
  await platform.addServing('a');
  const pool = platform.start();
  await platform.pass(2000);
  const [taken] = instances();
  const ticket = { serving: 'default/b', functionUid: metadata.uid ?? '', generation: metadata.generation ?? 0 };
  if (taken !== undefined) Object.assign(taken, { state: 'Serving', ticket });
  gateway.connect(pool.service);
  gateway.demand('default/a', 1);
  await platform.pass(3000);
  expect(gateway.held.size).toBe(1);
  expect(gateway.held.has(taken?.record.id ?? '')).toBe(false);
  // It goes on as what it is, and is recorded as that.
  expect(taken?.record).toMatchObject({ owner: { key: { name: 'b' } } });
});

it('gives back the slots of a gateway that began anew, and not those of one that is cut off', async () => {
  await platform.addServing('a', { spec: { scaleOptions: { maxReplicas: 1 }, ...target(10).spec } });
  const { service } = platform.start();
  await platform.pass(4000);
  gateway.connect(service);
  gateway.demand('default/a', 1);
  await platform.pass(1000);
  gateway.cutOff();
  const other = fakeGateway('h', () => platform.clock.now());
  other.connect(service);
  other.demand('default/a', 1);
  await platform.pass(5000);
  expect(other.held.size).toBe(0);
  fakeGateway('g', () => platform.clock.now()).connect(service);
  await platform.pass(3000);
  expect(other.held.size).toBe(1);
});
