import { ArtifactError } from '@openfunction/artifact';
import { keyText, replacesAnnotation, servingKind, type Serving } from '@openfunction/resources';
import type { ServingState } from '@openfunction/protocol';
import type { Workload } from '@openfunction/workload';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { PodPoolOptions } from './options.ts';
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

const ref = 'registry.test/podinfo:6';
const artifacts: PodPoolOptions['artifacts'] = {
  get: async () => {
    throw new ArtifactError('NotAModule', 'The reference holds an image.');
  },
  stat: async () => ({ digest: `sha256:${'1'.repeat(64)}`, kind: 'image', user: 100 }),
};
const addImage = (name = 'a', spec: Partial<Serving['spec']> = {}, metadata: Partial<Serving['metadata']> = {}): Promise<Serving> =>
  platform.addServing(name, {
    spec: { image: ref, triggers: { http: { port: 9898 } }, ...spec },
    metadata: { uid: `uid-${name}`, ...metadata },
  });
const start = (given: Partial<PodPoolOptions> = {}): PodPool => platform.start({ artifacts, poolSize: 0, ...given });
const own = (): Workload | undefined => [...platform.ground.applied.values()].find(({ artifact }) => artifact.kind === 'image');
const running = (): FakeInstance[] => [...platform.ground.instances.values()].filter(({ record }) => record.plain === true);
function stateOf({ service }: PodPool): () => ServingState | undefined {
  let last: ServingState | undefined;
  void (async () => {
    for await (const { state } of service.watchServings({}, over.signal)) last = state ?? last;
  })();
  return () => last;
}

it('starts an instance of the image for the first request, and lends its slots without loading anything', async () => {
  await addImage();
  const pool = start();
  const state = stateOf(pool);
  await platform.pass(1000);
  expect(state()).toMatchObject({ verified: true, ready: 0, isImage: true, reason: '' });
  expect(own()).toBeUndefined();
  gateway.connect(pool.service);
  gateway.demand('default/a', 3);
  await platform.pass(1000);
  expect(own()).toMatchObject({
    artifact: { kind: 'image', ref },
    replicas: 1,
    owner: { kind: 'Serving' },
    template: { port: 9898, user: 100 },
  });
  expect(running().map(({ asked }) => asked)).toEqual([[]]);
  expect([...gateway.held.keys()]).toEqual(running().map(({ record }) => record.id));
  await platform.pass(1000);
  expect(state()).toMatchObject({ proven: true, ready: 1, starting: 0 });
});

it('starts as many as the waiters need, and ends the emptiest when there are too many', async () => {
  await addImage('a', { annotations: { 'autoscaling.knative.dev/container-concurrency': '1' }, scaleOptions: { maxReplicas: 3 } });
  const pool = start();
  gateway.connect(pool.service);
  gateway.demand('default/a', 5);
  await platform.pass(2000);
  expect(own()?.replicas).toBe(3);
  const before = running().map(({ record }) => record.id);
  gateway.demand('default/a', 0);
  await platform.pass(200_000, 1000);
  expect(own()?.replicas).toBe(0);
  expect(running()).toEqual([]);
  expect(gateway.held.size).toBe(0);
  gateway.demand('default/a', 1);
  await platform.pass(1000);
  expect(running()).toHaveLength(1);
  expect(before).not.toContain(running()[0]?.record.id);
});

it('takes the slots back first, and ends the instance when all is answered', async () => {
  const serving = await addImage();
  const pool = start();
  gateway.connect(pool.service);
  gateway.demand('default/a', 1);
  await platform.pass(1000);
  const [id = ''] = gateway.held.keys();
  await platform.store.delete(servingKind, { namespace: 'default', name: serving.metadata.name });
  const busy = (inFlight: number): void => gateway.reportInstance('default/a', id, inFlight);
  for (let second = 0; second < 5; second += 1) {
    busy(1);
    await platform.pass(1000);
  }
  expect(gateway.held.size).toBe(0);
  expect(platform.ground.instances.has(id)).toBe(true);
  busy(0);
  await platform.pass(2000);
  expect(platform.ground.instances.has(id)).toBe(false);
});

it('says why an image does not start, to who waits and in the state, and goes on when it does', async () => {
  platform.ground.faults.ready = () => false;
  await addImage();
  const pool = start();
  const state = stateOf(pool);
  gateway.connect(pool.service);
  gateway.demand('default/a', 1);
  await platform.pass(1000);
  const [instance] = running();
  instance!.record.trouble = { code: 'ImagePullFailed', message: 'The image cannot be pulled.' };
  platform.ground.hint();
  await platform.pass(1000);
  expect(gateway.refusals).toMatchObject([{ code: 'ImagePullFailed', message: 'The image cannot be pulled.' }]);
  expect(state()).toMatchObject({ reason: 'ImagePullFailed', message: 'The image cannot be pulled.', ready: 0 });
  delete instance!.record.trouble;
  platform.ground.makeReady(instance!.record.id);
  await platform.pass(1000);
  expect(state()).toMatchObject({ reason: '', ready: 1 });
});

it('says why instances that it asked for are never made, and goes on when they are', async () => {
  await addImage();
  platform.ground.faults.hindrance = { code: 'QuotaExceeded', message: 'The ResourceQuota "pods" refuses an instance.' };
  const pool = start();
  const state = stateOf(pool);
  gateway.connect(pool.service);
  gateway.demand('default/a', 1);
  await platform.pass(5000);
  expect(gateway.refusals[0]).toMatchObject({ code: 'QuotaExceeded' });
  expect(state()).toMatchObject({ reason: 'QuotaExceeded', message: 'The ResourceQuota "pods" refuses an instance.' });
  platform.ground.faults.hindrance = undefined;
  gateway.demand('default/a', 1);
  await platform.pass(40_000, 500);
  expect(state()).toMatchObject({ reason: '', ready: 1 });
});

it('gives up what does not start when nobody has asked for it for the whole grace', async () => {
  platform.ground.faults.ready = () => false;
  await addImage();
  const pool = start();
  gateway.connect(pool.service);
  gateway.demand('default/a', 1);
  await platform.pass(1000);
  gateway.demand('default/a', 0);
  await platform.pass(60_000, 1000);
  expect(own()?.replicas).toBe(0);
});

it('proves what is to replace a ready version, and keeps one instance of it', async () => {
  await addImage('b', {}, { annotations: { [replacesAnnotation]: 'a' } });
  const pool = start();
  const state = stateOf(pool);
  await platform.pass(2000);
  expect(own()?.replicas).toBe(1);
  expect(state()).toMatchObject({ proven: true, ready: 1 });
});

it('lends no slots of an instance that is not ready any more, until it is again', async () => {
  await addImage();
  const pool = start();
  gateway.connect(pool.service);
  gateway.demand('default/a', 1);
  await platform.pass(1000);
  const [instance] = running();
  instance!.record.phase = 'Starting';
  platform.ground.hint();
  await platform.pass(1000);
  expect(gateway.held.size).toBe(0);
  expect(own()?.replicas).toBe(1);
  gateway.demand('default/a', 1);
  platform.ground.makeReady(instance!.record.id);
  await platform.pass(1000);
  expect([...gateway.held.keys()]).toEqual([instance!.record.id]);
});

it('tells once why an instance ended that was not ready any more when it did', async () => {
  await addImage();
  const pool = start();
  const state = stateOf(pool);
  gateway.connect(pool.service);
  gateway.demand('default/a', 1);
  await platform.pass(1000);
  const [instance] = running();
  instance!.record.phase = 'Starting';
  platform.ground.hint();
  await platform.pass(1000);
  expect(state()?.ending).toBeUndefined();
  instance!.record.phase = 'Failed';
  instance!.record.finished = { succeeded: false, reason: 'Unhealthy', message: 'failed its liveness probe once (port 80: refused)' };
  platform.ground.hint();
  await platform.pass(3000);
  expect(state()?.ending).toMatchObject({
    count: 1,
    reason: 'InstanceUnhealthy',
    message: expect.stringContaining('failed its liveness probe once (port 80: refused), and was ended.') as string,
  });
});

it('finds the instances again after a restart, without asking the registry and without changing anything', async () => {
  await addImage();
  const first = start();
  gateway.connect(first.service);
  gateway.demand('default/a', 1);
  await platform.pass(1000);
  const before = running().map(({ record }) => record.id);
  await first.close();
  const silent: PodPoolOptions['artifacts'] = {
    get: () => Promise.reject(new ArtifactError('RegistryUnavailable', 'It does not answer.')),
    stat: () => Promise.reject(new ArtifactError('RegistryUnavailable', 'It does not answer.')),
  };
  const second = start({ artifacts: silent });
  const state = stateOf(second);
  gateway.connect(second.service);
  gateway.demand('default/a', 1);
  await platform.pass(3000);
  expect(running().map(({ record }) => record.id)).toEqual(before);
  expect(state()).toMatchObject({ ready: 1, isImage: true });
});

it('removes the Workload of a Serving that was deleted meanwhile', async () => {
  const serving = await addImage();
  const first = start();
  gateway.connect(first.service);
  gateway.demand('default/a', 1);
  await platform.pass(1000);
  const key = own()!.key;
  await first.close();
  await platform.store.delete(servingKind, { namespace: 'default', name: serving.metadata.name });
  start();
  await platform.pass(3000);
  expect(platform.ground.applied.has(keyText(key))).toBe(false);
  expect(running()).toEqual([]);
});

it('refuses where no images run, with what to do', async () => {
  await addImage();
  const pool = start({
    workloads: { ...platform.ground.workloads, runs: new Set(['runner'] as const) },
    imageAdvice: 'Install runc.',
  });
  const state = stateOf(pool);
  await platform.pass(1000);
  expect(state()).toMatchObject({ verified: false, reason: 'ArtifactNotRunnable' });
  expect(state()?.message).toContain(ref);
  expect(state()?.message).toContain('Install runc.');
});

it('gives the variables of the function to the image, and leaves Secrets to a ground that reads them itself', async () => {
  const env = [{ name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'db', key: 'password', optional: true } } }];
  await addImage('a', { params: { GREETING: 'hello' }, template: { containers: [{ name: 'function', env, args: ['--x'] }] } });
  const honours = new Set([...platform.ground.workloads.honours, 'references' as const, 'command' as const]);
  const pool = start({ workloads: { ...platform.ground.workloads, honours } });
  gateway.connect(pool.service);
  gateway.demand('default/a', 1);
  await platform.pass(1000);
  const template = own()?.template;
  expect(template?.env).toMatchObject({ PORT: '9898', GREETING: 'hello' });
  expect(template?.pod).toMatchObject({ container: 0, template: { containers: [{ args: ['--x'], env }] } });
  expect(template?.files).toBeUndefined();
});

it('says how the last one ended while the next one is not there yet', async () => {
  await addImage();
  platform.ground.faults.ready = () => false;
  const pool = start();
  gateway.connect(pool.service);
  gateway.demand('default/a', 1);
  await platform.pass(1000);
  const [instance] = running();
  instance!.record.trouble = { code: 'ContainerCrashes', message: 'The container ended with exit code 3.' };
  platform.ground.kill(instance!.record.id);
  await platform.pass(1000);
  expect(gateway.refusals).toMatchObject([{ code: 'ContainerCrashes' }]);
  expect(running().map(({ record }) => record.phase)).toEqual(['Failed', 'Starting']);
});
