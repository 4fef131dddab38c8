import { configMapKind, replacesAnnotation, secretKind, type Secret } from '@openfunction/resources';
import type { ServingState } from '@openfunction/protocol';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { PodPool } from './start-pod-pool.ts';
import { fakeGateway, type FakeGateway } from './testing/fake-gateway.ts';
import type { FakeInstance } from './testing/fake-ground.ts';
import { fakePlatform, type FakePlatform } from './testing/fake-platform.ts';

let platform: FakePlatform;
let gateway: FakeGateway;
let over: AbortController;
beforeEach(async () => {
  platform = await fakePlatform();
  gateway = fakeGateway('g', () => platform.clock.now());
  over = new AbortController();
});
afterEach(async () => {
  over.abort();
  await platform.close();
});

function statesOf({ service }: PodPool): Map<string, ServingState> {
  const states = new Map<string, ServingState>();
  void (async () => {
    for await (const { state } of service.watchServings({}, over.signal)) if (state !== undefined) states.set(state.serving, state);
  })();
  return states;
}

const serving = (): FakeInstance[] => [...platform.ground.instances.values()].filter(({ state }) => state === 'Serving');
const canary = 'canary-4711';
const secret = (data: Record<string, string>): Secret => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { namespace: 'default', name: 'db' },
  data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')])),
});
const withSecret = {
  spec: {
    template: {
      containers: [{ name: 'function', env: [{ name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'db', key: 'password' } } }] }],
    },
  },
};

it('gives secret values to the instance, and to nobody else', async () => {
  await platform.store.create(secretKind, secret({ password: canary }));
  await platform.addServing('a', withSecret);
  const pool = platform.start();
  const states = statesOf(pool);
  await platform.pass(2000);
  gateway.connect(pool.service);
  gateway.demand('default/a', 1);
  platform.ground.faults.adopt = () => true;
  await platform.pass(3000);
  expect(serving()[0]?.settings?.['env']).toMatchObject({ PASSWORD: canary });
  const told = [...gateway.held.values(), ...states.values(), ...platform.ground.applied.values()];
  await platform.pass(30_000, 1000);
  const seen = [...told, ...states.values(), platform.logged, pool.metrics()];
  expect(platform.logged.length).toBeGreaterThan(0);
  expect(JSON.stringify(seen)).not.toContain(canary);
});

it('says what keeps instances from being made while it waits, and takes one that comes all the same', async () => {
  await platform.addServing('a');
  platform.ground.faults.hindrance = { code: 'QuotaExceeded', message: 'The ResourceQuota "pods" refuses an instance.' };
  const pool = platform.start();
  const states = statesOf(pool);
  await platform.pass(2000);
  gateway.connect(pool.service);
  gateway.demand('default/a', 1);
  await platform.pass(4000);
  expect(gateway.refusals).toMatchObject([platform.ground.faults.hindrance]);
  expect(states.get('default/a')).toMatchObject({ reason: 'QuotaExceeded', message: platform.ground.faults.hindrance.message });
  platform.ground.faults.hindrance = undefined;
  gateway.demand('default/a', 1);
  await platform.pass(40_000, 500);
  expect(serving()).toHaveLength(1);
  expect(states.get('default/a')).toMatchObject({ reason: '', ready: 1 });
});

it('says what is missing, and goes on when it appears', async () => {
  await platform.addServing('a', withSecret);
  const pool = platform.start();
  const states = statesOf(pool);
  await platform.pass(2000);
  gateway.connect(pool.service);
  gateway.demand('default/a', 1);
  await platform.pass(1000);
  expect(states.get('default/a')).toMatchObject({
    verified: false,
    reason: 'ReferenceNotFound',
    message: expect.stringContaining('"db"') as string,
  });
  expect(gateway.refusals[0]).toMatchObject({ code: 'ReferenceNotFound' });
  await platform.store.create(secretKind, secret({ password: 'x' }));
  await platform.pass(1000);
  expect(states.get('default/a')).toMatchObject({ verified: true, reason: '' });
});

it('gives later instances the changed values, and leaves the running ones theirs', async () => {
  const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: 'default', name: 'app' }, data: { MODE: 'old' } };
  const made = await platform.store.create(configMapKind, map);
  await platform.addServing('a', {
    spec: {
      annotations: { 'autoscaling.knative.dev/container-concurrency': '1' },
      template: { containers: [{ name: 'function', envFrom: [{ configMapRef: { name: 'app' } }] }] },
    },
  });
  const pool = platform.start();
  await platform.pass(2000);
  gateway.connect(pool.service);
  gateway.demand('default/a', 1);
  await platform.pass(1000);
  await platform.store.update(configMapKind, { ...made, data: { MODE: 'new' } });
  await platform.pass(500);
  gateway.demand('default/a', 1);
  await platform.pass(1000);
  expect(serving().map(({ settings }) => settings?.['env'])).toMatchObject([{ MODE: 'old' }, { MODE: 'new' }]);
});

it('reads nothing where it may not, and says how to allow it', async () => {
  await platform.store.create(secretKind, secret({ password: canary }));
  await platform.addServing('a', withSecret);
  const pool = platform.start({ namespaces: ['other'], enableCommand: (namespace) => `helm upgrade --set ${namespace}` });
  const states = statesOf(pool);
  await platform.pass(2000);
  expect(states.get('default/a')).toMatchObject({
    verified: false,
    reason: 'NamespaceNotEnabled',
    message: expect.stringContaining('helm upgrade --set default') as string,
  });
});

it('says that an artifact is not there, and serves as soon as it is', async () => {
  await platform.addServing('a', { spec: { image: 'registry.test/later:1' } });
  const pool = platform.start();
  const states = statesOf(pool);
  await platform.pass(2000);
  gateway.connect(pool.service);
  gateway.demand('default/a', 1);
  await platform.pass(500);
  expect(states.get('default/a')).toMatchObject({ verified: false, reason: 'ArtifactNotFound' });
  expect(gateway.refusals[0]).toMatchObject({ code: 'ArtifactNotFound' });
  const { artifact } = await platform.artifacts.get('registry.test/a:1');
  await platform.artifacts.put('registry.test/later:1', artifact);
  await platform.pass(30_000, 1000);
  expect(states.get('default/a')).toMatchObject({ verified: true, reason: '' });
});

it('shows that a Serving loads before it replaces a ready one, and lets it go again when nobody asks', async () => {
  await platform.addServing('new', { metadata: { annotations: { [replacesAnnotation]: 'old' } } });
  const pool = platform.start();
  const states = statesOf(pool);
  gateway.connect(pool.service);
  await platform.pass(3000);
  expect(states.get('default/new')).toMatchObject({ proven: true, ready: 1 });
  await platform.pass(120_000, 1000);
  expect(serving()).toEqual([]);
});

it('scales from none to many and back to none', async () => {
  await platform.addServing('a', { spec: { annotations: { 'autoscaling.knative.dev/container-concurrency': '10' } } });
  const pool = platform.start();
  const states = statesOf(pool);
  await platform.pass(61_000, 1000);
  gateway.connect(pool.service);
  gateway.demand('default/a', 45);
  for (let second = 0; second < 20; second += 1) {
    gateway.report('default/a', 45);
    await platform.pass(1000, 1000);
  }
  expect(states.get('default/a')).toMatchObject({ ready: 7 });
  // A panic lasts for a whole window after its last reason.
  for (let second = 0; second < 150; second += 1) {
    gateway.report('default/a', 8);
    await platform.pass(1000, 1000);
  }
  expect(states.get('default/a')?.ready).toBe(2);
  await platform.pass(120_000, 1000);
  expect(states.get('default/a')).toMatchObject({ ready: 0 });
  expect(serving()).toEqual([]);
});

it('has a function ready before its timer calls it, where that is asked for, and lets it rest in between', async () => {
  await platform.addServing('a', { spec: { annotations: { 'openfunction.io/keep-alive': 'histogram' } } });
  const pool = platform.start();
  gateway.connect(pool.service);
  await platform.pass(2000);
  const call = async (): Promise<void> => {
    gateway.demand('default/a', 1);
    await platform.pass(500);
    gateway.demand('default/a', 0);
    gateway.report('default/a', 0.5);
    await platform.pass(500);
    gateway.report('default/a', 0);
  };
  for (let round = 0; round < 6; round += 1) {
    await call();
    await platform.pass(30 * 60_000, 10_000);
  }
  await call();
  await platform.pass(10 * 60_000, 5000);
  expect(serving()).toHaveLength(0);
  await platform.pass(18 * 60_000, 5000);
  expect(serving()).toHaveLength(1);
  const [ready] = serving();
  await call();
  expect([...gateway.held.keys()]).toContain(ready?.record.id);
});

it('ends and replaces an instance that does not answer, within ten seconds', async () => {
  await platform.addServing('a', { spec: { scaleOptions: { minReplicas: 1 } } });
  platform.start();
  await platform.pass(3000);
  const [stuck] = serving();
  if (stuck !== undefined) stuck.silent = true;
  await platform.pass(12_000, 500);
  expect(platform.ground.instances.has(stuck?.record.id ?? '')).toBe(false);
  await platform.pass(5000);
  expect(serving()).toHaveLength(1);
});

it('does not start again and again what ends at once', async () => {
  await platform.addServing('a', { spec: { scaleOptions: { minReplicas: 1 } } });
  platform.start();
  let begun = 0;
  await platform.pass(2000);
  for (let second = 0; second < 60; second += 1) {
    for (const { record } of serving()) {
      begun += 1;
      platform.ground.kill(record.id);
    }
    await platform.pass(1000);
  }
  expect(begun).toBeGreaterThan(3);
  expect(begun).toBeLessThan(10);
});

it('gives a function with more memory an instance of its own, which nobody else gets', async () => {
  const resources = { limits: { memory: '1Gi' } };
  await platform.addServing('big', { spec: { template: { containers: [{ name: 'function', resources }] } } });
  await platform.addServing('small');
  const pool = platform.start();
  await platform.pass(2000);
  gateway.connect(pool.service);
  gateway.demand('default/big', 1);
  gateway.demand('default/small', 1);
  await platform.pass(3000);
  const own = [...platform.ground.applied.values()].find(({ owner }) => owner !== undefined);
  expect(own).toMatchObject({ artifact: { kind: 'runner', runtime: 'node' }, template: { memory: '1Gi' }, replicas: 0 });
  expect(
    serving()
      .map(({ record, ticket }) => [record.workload.name, ticket?.serving])
      .sort(),
  ).toEqual([
    [own?.key.name, 'default/big'],
    ['openfunction-pool-node', 'default/small'],
  ]);
});

it('tells who waits for a Serving that is not there after a while, and serves one that came meanwhile', async () => {
  const pool = platform.start();
  await platform.pass(2000);
  gateway.connect(pool.service);
  gateway.demand('default/none', 1);
  gateway.demand('default/late', 1);
  await platform.addServing('late');
  await platform.pass(200, 50);
  expect(gateway.refusals).toEqual([]);
  await platform.pass(1000);
  expect(gateway.refusals).toMatchObject([{ serving: 'default/none', code: 'ServingNotFound' }]);
  expect([...gateway.held.values()]).toMatchObject([{ serving: 'default/late' }]);
});

it('keeps the slots of a gateway at which more wait than it can ever have', async () => {
  await platform.addServing('a', { spec: { scaleOptions: { maxReplicas: 1 }, containerConcurrency: 10 } });
  const { service } = platform.start();
  await platform.pass(2000);
  gateway.connect(service);
  gateway.demand('default/a', 30);
  await platform.pass(1000);
  const [instance] = gateway.held.keys();
  for (let second = 0; second < 90; second += 1) {
    gateway.reportInstance('default/a', instance!, 10);
    gateway.demand('default/a', 20);
    await platform.pass(1000);
    expect(gateway.held.get(instance!)?.slots).toBe(10);
    expect(gateway.held.get(instance!)!.expiresAtMs).toBeGreaterThan(platform.clock.now());
  }
});

it('gives what the newest instance of a function wrote that ended by itself, to who knows its Serving', async () => {
  const { metadata } = await platform.addServing('a');
  const pool = platform.start();
  const wordsOf = async (uid = ''): Promise<string[]> => {
    const words: string[] = [];
    for await (const { text } of pool.instances.endedLog({ servings: [uid, 'unknown'], tailLines: 0 }, over.signal)) words.push(text);
    return words;
  };
  await platform.pass(2000);
  gateway.connect(pool.service);
  const ended: string[] = [];
  for (let round = 0; round < 2; round += 1) {
    gateway.demand('default/a', 1);
    await platform.pass(5000);
    const { record } = serving()[0]!;
    ended.push(record.id);
    expect(await wordsOf(metadata.uid)).toEqual(round === 0 ? [] : [`last words of ${ended[0]}`]);
    platform.ground.kill(record.id);
    await platform.pass(5000);
  }
  expect(await wordsOf(metadata.uid)).toEqual([`last words of ${ended[1]}`]);
  expect(await wordsOf('another')).toEqual([]);
});
