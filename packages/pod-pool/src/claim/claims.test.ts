import { createHash } from 'node:crypto';
import type { Artifacts } from '@openfunction/artifact';
import { servingKind } from '@openfunction/resources';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fakeGateway, type FakeGateway } from '../testing/fake-gateway.ts';
import { fakePlatform, type FakePlatform } from '../testing/fake-platform.ts';

let platform: FakePlatform;
let gateway: FakeGateway;
beforeEach(async () => {
  platform = await fakePlatform();
  gateway = fakeGateway('g', () => platform.clock.now());
});
afterEach(() => platform.close());

const serving = (): number => [...platform.ground.instances.values()].filter(({ state }) => state === 'Serving').length;
const instanceOf = (id: string | undefined) => platform.ground.instances.get(id ?? '');

async function begin(options: Parameters<FakePlatform['start']>[0] = {}): Promise<ReturnType<FakePlatform['start']>> {
  const pool = platform.start(options);
  await platform.pass(4000);
  gateway.connect(pool.service);
  await platform.pass();
  return pool;
}

it('takes a warm instance from memory: nothing is read or written before the first byte', async () => {
  await platform.addServing('a');
  await begin();
  const before = { ...platform.ground.calls };
  gateway.demand('default/a', 1);
  await platform.pass();
  expect([...gateway.held.values()]).toMatchObject([{ serving: 'default/a', slots: 100 }]);
  expect(platform.ground.calls).toEqual(before);
  await platform.pass(5000);
  expect(platform.ground.calls.adopt).toBe(before.adopt + 1);
});

it('tells who waits where the instance is, before it is loaded', async () => {
  await platform.addServing('a');
  await begin();
  platform.ground.faults.load = () => 'hangs';
  gateway.demand('default/a', 1);
  await platform.pass();
  const [loading] = [...platform.ground.instances.values()].filter(({ state }) => state === 'Loading');
  expect(gateway.dials).toEqual([{ instance: loading?.record.id, endpoint: { unix: `/${loading?.record.id}` } }]);
  expect(gateway.held.size).toBe(0);
});

it.each([
  [1, 100],
  [10, 10],
  [100, 1],
])('answers 100 waiters, %i to an instance, with %i claims', async (target, instances) => {
  await platform.addServing('a', { spec: { annotations: { 'autoscaling.knative.dev/container-concurrency': String(target) } } });
  await begin();
  // They arrive one by one, and some when slots are on their way already.
  for (let waiting = 1; waiting <= 100; waiting += 1) gateway.demand('default/a', waiting);
  await platform.pass(1000);
  expect(gateway.held.size).toBe(instances);
  expect(
    platform.ground.instances
      .values()
      .filter(({ asked }) => asked.length > 0)
      .toArray(),
  ).toHaveLength(instances);
});

it('reads an artifact again that an instance found damaged', async () => {
  const { artifacts } = platform;
  const damaged: Artifacts = {
    ...artifacts,
    get: async (ref, options) => {
      const fetched = await artifacts.get(ref, options);
      const bundle = options?.readerChecks === true ? Buffer.from('something else') : fetched.artifact.bundle;
      return { ...fetched, artifact: { ...fetched.artifact, bundle } };
    },
  };
  await platform.addServing('a');
  await begin({ artifacts: damaged, artifactCacheBytes: 0 });
  gateway.demand('default/a', 1);
  await platform.pass(1000);
  expect([...gateway.held.values()]).toMatchObject([{ serving: 'default/a' }]);
});

it('never exceeds maxReplicas, however many wait and whatever ends', async () => {
  await platform.addServing('a', {
    spec: { scaleOptions: { maxReplicas: 3, minReplicas: 1, knative: { 'autoscaling.knative.dev/container-concurrency': 1 } } },
  });
  await begin();
  for (let round = 0; round < 20; round += 1) {
    gateway.demand('default/a', 50);
    await platform.pass(1000);
    expect(serving()).toBeLessThanOrEqual(3);
    const [first] = gateway.held.keys();
    if (round % 3 === 0 && first !== undefined) platform.ground.kill(first);
  }
  expect(serving()).toBe(3);
});

it('tries once more elsewhere when the instance dies while it loads, and ends the broken one', async () => {
  await platform.addServing('a');
  await begin();
  let loads = 0;
  platform.ground.faults.load = () => ((loads += 1) === 1 ? 'dies' : 'none');
  gateway.demand('default/a', 1);
  await platform.pass(1000);
  expect(loads).toBe(2);
  expect(gateway.held.size).toBe(1);
  expect(gateway.refusals).toEqual([]);
  expect([...platform.ground.instances.values()].filter(({ record }) => record.phase === 'Failed')).toEqual([]);
});

it('tells its log alone of a mistake of its own', async () => {
  await platform.addServing('a');
  // What no control gives: the scheduler stumbles over it.
  await begin({ control: { ...platform.ground.control, load: () => Promise.resolve({ code: 'x' } as never) } });
  gateway.demand('default/a', 1);
  await platform.pass(200);
  expect(gateway.refusals).toMatchObject([{ code: 'NoInstance', message: expect.stringMatching(/^The scheduler made a mistake\. /) }]);
  expect(platform.logged.join('\n')).toContain('TypeError: Cannot read properties');
});

it('refuses with the reason when two instances died, and asks for patience before the next try', async () => {
  await platform.addServing('a');
  await begin();
  platform.ground.faults.load = () => 'dies';
  gateway.demand('default/a', 1);
  await platform.pass(200);
  expect(gateway.refusals).toMatchObject([{ code: 'InstanceDied', retryAfterSeconds: 1 }]);
  const before = platform.ground.instances.values().reduce((sum, { asked }) => sum + asked.length, 0);
  gateway.demand('default/a', 1);
  await platform.pass(200);
  expect(gateway.refusals).toHaveLength(2);
  expect(platform.ground.instances.values().reduce((sum, { asked }) => sum + asked.length, 0)).toBe(before);
});

it('does not try code again elsewhere that failed by itself', async () => {
  await platform.addServing('a');
  await begin();
  let loads = 0;
  platform.ground.faults.load = () => ((loads += 1), 'refuses');
  gateway.demand('default/a', 1);
  await platform.pass(200);
  expect(loads).toBe(1);
  expect(gateway.refusals).toMatchObject([{ code: 'LoadFailed', message: 'It throws.' }]);
});

it('ends an instance whose Serving was deleted while it loaded', async () => {
  await platform.addServing('a');
  await begin();
  platform.ground.faults.load = (instance) => {
    void platform.store.delete(servingKind, { namespace: 'default', name: 'a' });
    return instance.state === 'Fresh' ? 'none' : 'none';
  };
  gateway.demand('default/a', 1);
  await platform.pass(40_000);
  expect(platform.ground.instances.size).toBe(0);
});

it('ends an instance that cannot be recorded', async () => {
  await platform.addServing('a');
  await begin();
  const refused: string[] = [];
  platform.ground.faults.adopt = ({ record }) => {
    if (refused.length > 0 && !refused.includes(record.id)) return false;
    refused.push(record.id);
    return true;
  };
  gateway.demand('default/a', 1);
  await platform.pass(500);
  const [id] = gateway.held.keys();
  await platform.pass(60_000);
  expect(refused).toEqual(Array.from({ length: 5 }, () => id));
  expect(instanceOf(id)).toBeUndefined();
  expect(gateway.held.keys().toArray()).not.toContain(id);
});

it('sends a code cache only to an instance that can use it', async () => {
  const cache = (key: string) => ({ key, bytes: Buffer.from(key), digest: digestOf(key) });
  await platform.artifacts.put(
    'registry.test/cached:1',
    {
      manifest: { runtime: 'node', format: 'cjs', exports: [], entry: 'index.js' },
      bundle: Buffer.from('cached'),
      assets: new Uint8Array(),
    },
    { caches: [cache('v22-x64-9'), cache('v24-x64-1')] },
  );
  await platform.addServing('a', { spec: { image: 'registry.test/cached:1' } });
  await begin();
  gateway.demand('default/a', 1);
  await platform.pass(500);
  expect(instanceOf([...gateway.held.keys()][0])?.cacheBytes).toBe('v24-x64-1'.length);
});

it('holds up no other tenant with a burst', async () => {
  for (let at = 0; at < 60; at += 1) await platform.addServing(`burst-${at}`, { namespace: 'noisy' });
  await platform.addServing('calm', { namespace: 'quiet' });
  const ready: string[] = [];
  platform.ground.faults.ready = ({ record }) => (ready.push(record.id), false);
  await begin({ poolSize: 0, startsAtOnce: 4 });
  for (let at = 0; at < 60; at += 1) gateway.demand(`noisy/burst-${at}`, 1);
  await platform.pass(100);
  gateway.demand('quiet/calm', 1);
  for (let round = 0; round < 12; round += 1) {
    // One instance at a time gets ready, as on a busy machine.
    const next = ready.shift();
    if (next !== undefined) platform.ground.makeReady(next);
    await platform.pass(100);
    const starting = [...platform.ground.instances.values()].filter(({ record }) => record.phase === 'Starting');
    // Four, and one of who has none.
    expect(starting.length).toBeLessThanOrEqual(5);
  }
  expect([...gateway.held.values()].map(({ serving: name }) => name)).toContain('quiet/calm');
});

function digestOf(text: string): `sha256:${string}` {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}
