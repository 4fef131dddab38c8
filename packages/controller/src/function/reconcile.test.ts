import { eventKind, functionKind, serviceKind, servingKind, type OFunction } from '@openfunction/resources';
import { expect, it } from 'vitest';
import { endedReport } from '../builder/status.ts';
import { functionOf, idle, platform, type Platform } from '../testing/platform.ts';

const key = { namespace: 'demo', name: 'hello' };
const hello = async ({ store }: Platform): Promise<OFunction> => (await store.get(functionKind, key))!;
const update = async (on: Platform, spec: object): Promise<void> => {
  const fn = await hello(on);
  await on.store.update(functionKind, { ...fn, spec: { ...fn.spec, ...spec } });
};
const events = async ({ store }: Platform): Promise<(string | number | undefined)[][]> =>
  (await store.list(eventKind)).items.map(({ reason, type, count }) => [reason, type, count]);

it('brings a function to Running, routes it, and then writes nothing more', async () => {
  const on = await platform();
  await on.store.create(functionKind, functionOf('hello'));
  await on.settle();
  const [serving] = (await on.store.list(servingKind)).items;
  expect(await hello(on)).toMatchObject({
    status: {
      observedGeneration: 1,
      build: { state: 'Skipped' },
      serving: { state: 'Running', service: 'hello.demo.svc.cluster.local' },
      addresses: [{ type: 'External', value: 'http://hello.demo.ofn.io/' }, { type: 'Internal' }],
      route: { hosts: ['hello.demo.ofn.io', 'hello.demo.svc.cluster.local'], paths: [{ type: 'PathPrefix', value: '/' }] },
      selector: `openfunction.io/serving=${serving?.metadata.name}`,
    },
  });
  expect((await on.store.get(serviceKind, key))?.spec).toMatchObject({ externalName: 'gateway.openfunction.svc.cluster.local' });
  expect(await on.routes()).toMatchObject([{ id: 'demo/hello', serving: `demo/${serving?.metadata.name}` }]);
  expect(serving?.status).toMatchObject({ phase: 'Serving', state: 'Running', conditions: [{ type: 'Ready', status: 'True' }] });
  const before = await on.revision();
  on.clock.advance(3_600_000);
  await on.step();
  expect(await on.revision()).toBe(before);
});

it('tells the story of a function in Events, each reason once', async () => {
  const on = await platform();
  await on.store.create(functionKind, functionOf('hello', { build: { builder: 'b', srcRepo: { url: 'https://git.test/x' } } }));
  await on.settle();
  await update(on, { image: 'r.test/hello:v2' });
  await on.settle();
  expect((await events(on)).toSorted()).toEqual([
    ['BuildCompleted', 'Normal', 2],
    ['BuildStarted', 'Normal', 2],
    ['Running', 'Normal', 2],
    ['Starting', 'Normal', 2],
  ]);
  await on.store.delete(functionKind, key);
  expect(await events(on)).toEqual([]);
});

it('keeps the words of a failed build, and warns of it', async () => {
  const on = await platform();
  const instant = on.builder;
  await on.store.create(functionKind, functionOf('hello', { build: { builder: 'b', srcRepo: { url: 'https://git.test/x' } } }));
  await on.settle();
  on.builder = {
    ...instant,
    build: async function* () {
      yield endedReport('Failed', 'CompileFailed', 'index.ts:3:1 unexpected token');
    },
  };
  await update(on, { image: 'r.test/hello:v2' });
  await on.settle();
  const { status } = await hello(on);
  expect(status).toMatchObject({
    build: { state: 'Failed', reason: 'CompileFailed', message: 'index.ts:3:1 unexpected token', buildDuration: '0s' },
    serving: { state: 'Running' },
  });
  expect(status?.conditions?.find(({ type }) => type === 'Ready')).toMatchObject({ status: 'False', reason: 'CompileFailed' });
  expect(await events(on)).toContainEqual(['BuildFailed', 'Warning', 1]);
  expect((await on.routes())[0]?.serving).toMatch(/^demo\/hello-/);
});

it('writes counts at most once a second', async () => {
  const on = await platform();
  await on.store.create(functionKind, functionOf('hello'));
  await on.settle();
  on.clock.advance(1000);
  on.pool = () => ({ ...idle, ready: 1 });
  await on.step();
  on.pool = () => ({ ...idle, ready: 2 });
  await on.step();
  expect((await hello(on)).status?.replicas).toBe(1);
  on.clock.advance(1000);
  await on.step();
  expect((await hello(on)).status?.replicas).toBe(2);
});

const cron = { bindings: { tick: { type: 'bindings.cron' } }, triggers: { dapr: [{ name: 'tick' }] } };
const messages = async (bus: Platform['bus'] = () => ({ isDelivering: true, reason: '', message: '' })): Promise<Platform> => {
  const on = await platform();
  return Object.assign(on, { bus, capabilities: new Set(['messaging'] as const) });
};
const conditionOf = async (on: Platform, type: string): Promise<unknown> =>
  (await hello(on)).status?.conditions?.find((each) => each.type === type);

it('reaches a function of messages from inside the platform alone, and names no address that answers nobody', async () => {
  const on = await messages();
  await on.store.create(functionKind, functionOf('hello', { serving: cron }));
  await on.settle();
  const { status } = await hello(on);
  expect(status?.serving).toMatchObject({ state: 'Running' });
  expect([status?.addresses, status?.route, status?.serving?.service, await conditionOf(on, 'RouteReady')]).toEqual(
    Array.from({ length: 4 }),
  );
  expect(await on.store.get(serviceKind, key)).toBeUndefined();
  expect(await on.routes()).toMatchObject([
    { entries: [{ host: 'hello.demo.svc.cluster.local', internal: true }], serving: `demo/${status?.serving?.resourceRef}` },
  ]);
});

it('takes the name of a function out of the cluster when it loses its HTTP trigger, and gives it back', async () => {
  const on = await messages();
  await on.store.create(functionKind, functionOf('hello', { serving: { ...cron, triggers: { http: {}, ...cron.triggers } } }));
  await on.settle();
  expect((await hello(on)).status?.addresses).toMatchObject([{ type: 'External' }, { type: 'Internal' }]);
  expect(await on.store.get(serviceKind, key)).toBeDefined();
  await update(on, { serving: cron });
  await on.settle();
  expect((await hello(on)).status?.addresses).toBeUndefined();
  expect(await on.store.get(serviceKind, key)).toBeUndefined();
});

it('is ready once what a function names can be had, and tells when it cannot and when it can again', async () => {
  const on = await messages(() => undefined);
  await on.store.create(functionKind, functionOf('hello', { serving: cron }));
  await on.settle();
  expect(await conditionOf(on, 'Delivering')).toBeUndefined();
  expect(await conditionOf(on, 'Ready')).toMatchObject({ status: 'Unknown', reason: 'Connecting' });
  on.bus = () => ({ isDelivering: true, reason: '', message: '' });
  await on.settle();
  expect(await conditionOf(on, 'Delivering')).toMatchObject({ status: 'True', observedGeneration: 1 });
  expect(await conditionOf(on, 'Ready')).toMatchObject({ status: 'True' });
  on.bus = () => ({ isDelivering: false, reason: 'ComponentUnavailable', message: 'Nobody answers at kafka:9092.' });
  await on.settle();
  const bad = { status: 'False', reason: 'ComponentUnavailable', message: 'Nobody answers at kafka:9092.' };
  expect([await conditionOf(on, 'Delivering'), await conditionOf(on, 'Ready')]).toMatchObject([bad, bad]);
  on.bus = () => ({ isDelivering: true, reason: 'ScalerUnavailable', message: 'No answer.' });
  await on.settle();
  expect(await conditionOf(on, 'Delivering')).toMatchObject({ status: 'True', reason: 'ScalerUnavailable', message: 'No answer.' });
  expect(await conditionOf(on, 'Ready')).toMatchObject({ status: 'True' });
  expect(await events(on)).toContainEqual(['ScalerUnavailable', 'Warning', 1]);
  on.bus = () => ({ isDelivering: false, reason: 'ComponentUnavailable', message: 'Nobody answers at kafka:9092.' });
  await on.settle();
  // It began anew and has not spoken yet.
  on.bus = () => undefined;
  await on.settle();
  expect(await conditionOf(on, 'Delivering')).toMatchObject(bad);
  on.bus = () => ({ isDelivering: true, reason: '', message: '' });
  await on.settle();
  expect(await events(on)).toEqual(
    expect.arrayContaining([
      ['NotDelivering', 'Warning', 2],
      ['Delivering', 'Normal', 2],
    ]),
  );
  const { items } = await on.store.list(eventKind);
  expect(items.find(({ reason }) => reason === 'NotDelivering')?.message).toBe('Nobody answers at kafka:9092.');
});

it('does not blame a new version for what is in the way of the one before', async () => {
  const away = { isDelivering: false, reason: 'ComponentUnavailable', message: 'Nobody answers at kafka:9092.' };
  const on = await messages(() => away);
  await on.store.create(functionKind, functionOf('hello', { serving: cron }));
  await on.settle();
  on.pool = ({ metadata }) => (metadata.annotations?.['openfunction.io/replaces'] === undefined ? idle : undefined);
  await update(on, { image: 'r.test/hello:v2' });
  await on.settle();
  expect(await conditionOf(on, 'Ready')).toMatchObject({ status: 'Unknown', reason: 'Starting' });
  expect(await conditionOf(on, 'Delivering')).toMatchObject({ status: 'False' });
  on.pool = () => idle;
  on.bus = ({ spec }) => (spec.image.endsWith('v2') ? undefined : away);
  await on.settle();
  expect(await conditionOf(on, 'Ready')).toMatchObject({ status: 'Unknown', reason: 'Connecting' });
});

it('serves a function as it is that is only scaled on something, and says when that cannot be measured', async () => {
  const on = await messages(() => undefined);
  const scaled = { triggers: { http: {} }, scaleOptions: { keda: { triggers: [{ type: 'cron', metadata: {} }] } } };
  await on.store.create(functionKind, functionOf('hello', { serving: scaled }));
  await on.settle();
  expect(await conditionOf(on, 'Ready')).toMatchObject({ status: 'True' });
  on.bus = () => ({ isDelivering: true, reason: 'ScalerInvalid', message: 'There is no field "strt".' });
  await on.settle();
  expect(await conditionOf(on, 'Delivering')).toMatchObject({ status: 'True', reason: 'ScalerInvalid' });
  expect(await conditionOf(on, 'Ready')).toMatchObject({ status: 'True' });
});

it('says nothing of messages where nobody brings any, and of functions that have none', async () => {
  const on = await messages();
  await on.store.create(functionKind, functionOf('hello'));
  await on.settle();
  expect(await conditionOf(on, 'Delivering')).toBeUndefined();
  await update(on, { serving: { triggers: { http: {} }, states: { cart: { spec: { type: 'state.redis' } } } } });
  await on.settle();
  expect(await conditionOf(on, 'Delivering')).toMatchObject({ status: 'True' });
  delete on.bus;
  await on.settle();
  expect(await conditionOf(on, 'Delivering')).toBeUndefined();
  expect(await conditionOf(on, 'Ready')).toMatchObject({ status: 'True' });
});

it('gives a host to the oldest function that asks for it, and says who has it', async () => {
  const on = await platform();
  const asking = {
    serving: { triggers: { http: { route: { hostnames: ['api.test'], rules: [{ matches: [{ path: { value: '/' } }] }] } } } },
  };
  await on.store.create(functionKind, functionOf('first', asking));
  on.clock.advance(1000);
  await on.store.create(functionKind, functionOf('a-second', asking));
  await on.settle();
  const of = async (name: string) => (await on.store.get(functionKind, { namespace: 'demo', name }))?.status;
  expect((await of('first'))?.route?.hosts).toEqual(['api.test', 'first.demo.svc.cluster.local']);
  expect(await of('a-second')).toMatchObject({
    route: {
      hosts: ['a-second.demo.svc.cluster.local'],
      conditions: [{ status: 'False', reason: 'HostnameConflict', message: expect.stringContaining('"demo/first"') }],
    },
  });
  await on.restart();
  await on.settle();
  expect((await of('a-second'))?.route?.hosts).toHaveLength(1);
  await on.store.delete(functionKind, { namespace: 'demo', name: 'first' });
  await on.settle();
  expect((await of('a-second'))?.route).toMatchObject({
    hosts: ['api.test', 'a-second.demo.svc.cluster.local'],
    conditions: [{ status: 'True' }],
  });
});

it('keeps the host that was made for a function from an older one that chose it', async () => {
  const on = await platform();
  await on.store.create(
    functionKind,
    functionOf('thief', { serving: { triggers: { http: { route: { hostnames: ['hello.demo.ofn.io'], rules: [{}] } } } } }),
  );
  on.clock.advance(1000);
  await on.store.create(functionKind, functionOf('hello'));
  await on.settle();
  const external = (await on.routes()).map(({ id, entries }) => [id, entries.filter((each) => !each.internal).length]);
  expect(external).toEqual([
    ['demo/hello', 1],
    ['demo/thief', 0],
  ]);
});

it('reaches a function from inside only while its Gateway does not exist', async () => {
  const on = await platform();
  const route = { gatewayRef: { name: 'other', namespace: 'demo' } };
  await on.store.create(functionKind, functionOf('hello', { serving: { triggers: { http: { route } } } }));
  await on.settle();
  expect((await hello(on)).status?.route).toMatchObject({
    hosts: ['hello.demo.svc.cluster.local'],
    conditions: [{ status: 'False', reason: 'GatewayNotFound' }],
  });
});

it('tells gateways how long a request may take and how many may wait', async () => {
  const on = await platform();
  await on.store.create(functionKind, functionOf('hello', { serving: { queueLength: 7, requestTimeout: '90s' } }));
  await on.settle();
  expect(await on.routes()).toMatchObject([
    { queueLength: 7, timeouts: { headerMs: 91_000, idleMs: 91_000, totalMs: 151_000, backendMs: 91_000 } },
  ]);
});

it('does not accept an annotation about scaling that says nothing, and says where it stands', async () => {
  const on = await platform();
  const annotations = { 'autoscaling.knative.dev/window': 'soon' };
  await on.store.create(functionKind, functionOf('hello', { serving: { annotations } }));
  await on.settle();
  const { status } = await hello(on);
  expect(status?.conditions).toContainEqual(
    expect.objectContaining({
      type: 'Accepted',
      status: 'False',
      reason: 'Invalid',
      message: expect.stringContaining('spec.serving.annotations[autoscaling.knative.dev/window]') as string,
    }),
  );
  expect((await on.store.list(servingKind)).items).toEqual([]);
  await update(on, { serving: { annotations: { 'autoscaling.knative.dev/window': '90s' } } });
  await on.settle();
  expect((await hello(on)).status?.conditions).toContainEqual(expect.objectContaining({ type: 'Accepted', status: 'True' }));
});

it('does not accept settings of a HorizontalPodAutoscaler that mean nothing, and keeps what runs', async () => {
  const on = await platform();
  const withWindow = (stabilizationWindowSeconds: number): object => ({
    serving: {
      scaleOptions: {
        keda: {
          scaledObject: { advanced: { horizontalPodAutoscalerConfig: { behavior: { scaleDown: { stabilizationWindowSeconds } } } } },
        },
      },
    },
  });
  await on.store.create(functionKind, functionOf('hello', withWindow(45)));
  await on.settle();
  const [before] = (await on.store.list(servingKind)).items;
  await update(on, withWindow(4500));
  await on.settle();
  const message = expect.stringContaining('behavior.scaleDown.stabilizationWindowSeconds: must be 3600 or less') as string;
  expect((await hello(on)).status?.conditions).toContainEqual(expect.objectContaining({ type: 'Accepted', status: 'False', message }));
  expect((await on.store.list(servingKind)).items).toEqual([before]);
});
