import { expect, it } from 'vitest';
import type { Serving } from '@openfunction/resources';
import { planApp, type AppInput } from './plan-app.ts';

const serving = (spec: Partial<Serving['spec']>): Serving => ({
  apiVersion: 'core.openfunction.io/v1beta2',
  kind: 'Serving',
  metadata: { name: 'kafka-input-x1', namespace: 'shop', labels: { 'openfunction.io/function': 'kafka-input' } },
  spec: { image: 'i', ...spec },
});
const plan = (spec: Partial<Serving['spec']>, secret: AppInput['secret'] = () => undefined, more: Partial<AppInput> = {}) =>
  planApp({
    serving: serving(spec),
    tokens: { api: 'a', app: 'b' },
    secret,
    clusterDomain: 'cluster.local',
    delivers: true,
    isImage: false,
    ...more,
  });

it('plans the app of a published async function: its components, what it listens to, and where it is reached', () => {
  const app = plan({
    bindings: { 'target-topic': { type: 'bindings.kafka', version: 'v1', metadata: [{ name: 'brokers', value: 'k:9092' }] } },
    pubsub: { cars: { type: 'pubsub.mqtt3', metadata: [{ name: 'qos', value: 1 }] } },
    states: { cart: { spec: { type: 'state.redis' } }, elsewhere: {} },
    triggers: {
      dapr: [
        { name: 'target-topic', type: 'bindings.kafka' },
        { name: 'cars', topic: 'fleet/+/speed' },
      ],
    },
  });
  expect(app).toEqual({
    id: 'kafka-input-shop',
    namespace: 'shop',
    authority: 'kafka-input.shop.svc.cluster.local',
    apiToken: 'a',
    appToken: 'b',
    components: [
      { name: 'target-topic', type: 'bindings.kafka', version: 'v1', metadata: [{ name: 'brokers', value: 'k:9092' }] },
      { name: 'cars', type: 'pubsub.mqtt3', metadata: [{ name: 'qos', value: '1' }] },
      { name: 'cart', type: 'state.redis', metadata: [] },
    ],
    topics: [{ component: 'cars', topic: 'fleet/+/speed', route: '/cars/fleet~2F~2B~2Fspeed' }],
    inputs: ['target-topic'],
    maxInFlight: 1000,
    timeoutMs: 360_000,
    delivers: true,
  });
});

it('holds no more messages at once than the function takes with all its instances', () => {
  expect(plan({ containerConcurrency: 3, scaleOptions: { maxReplicas: 4 } }).maxInFlight).toBe(12);
  expect(plan({ scaleOptions: { maxReplicas: 1 } }).maxInFlight).toBe(100);
});

it('takes values from Secrets of the namespace, and names the one that is missing', () => {
  const pubsub = { t: { type: 'pubsub.redis', metadata: [{ name: 'redisPassword', secretKeyRef: { name: 'redis', key: 'password' } }] } };
  expect(plan({ pubsub }, (name, key) => `${name}/${key}`).components[0]?.metadata).toEqual([
    { name: 'redisPassword', value: 'redis/password' },
  ]);
  expect(() => plan({ pubsub })).toThrow('takes the key "password" of the Secret "redis"');
});

it('refuses a trigger that names no component, and one of pub/sub without a topic', () => {
  expect(() => plan({ triggers: { dapr: [{ name: 'gone', type: 'pubsub.kafka' }] } })).toThrow('it names no component of the Function');
  expect(() => plan({ pubsub: { t: { type: 'pubsub.redis' } }, triggers: { dapr: [{ name: 't' }] } })).toThrow('subscribes to no topic');
});

it('says of an image that it is one, of which version, and what it speaks: gRPC unless it says otherwise', () => {
  const isImage = { isImage: true };
  expect(plan({}).image).toBeUndefined();
  expect(plan({}, undefined, isImage).image).toEqual({ serving: 'shop/kafka-input-x1', protocol: 'grpc' });
  expect(plan({ annotations: { 'dapr.io/app-protocol': 'http' } }, undefined, isImage).image?.protocol).toBe('http');
});

it('refuses two components of one name, of which a function could not say which it means', () => {
  expect(() => plan({ pubsub: { t: { type: 'pubsub.redis' } }, states: { t: { spec: { type: 'state.redis' } } } })).toThrow(
    'Two components have the name "t"',
  );
});

it('opens nothing of a function that keeps Dapr away, whatever else it is scaled on', () => {
  const app = plan({
    annotations: { 'openfunction.io/enable-dapr': 'false' },
    bindings: { tick: { type: 'bindings.cron' } },
    triggers: { dapr: [{ name: 'tick' }] },
    scaleOptions: { keda: { triggers: [{ type: 'cron', metadata: {} }] } },
  });
  expect([app.components, app.topics, app.inputs]).toEqual([[], [], []]);
});
