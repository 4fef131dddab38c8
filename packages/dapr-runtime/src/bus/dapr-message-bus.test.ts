import type { Instances, MessageApp } from '@openfunction/messaging';
import { grpcServer } from '@openfunction/protocol';
import { serveAppCallback, type AppCallback, type DaprCall, type TopicEventRequest } from '@openfunction/protocol/dapr';
import { realClock } from '@openfunction/reconcile';
import { messageBusContract } from '@openfunction/messaging/contract';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { daprRuntime, type DaprRuntime } from '../app/dapr-runtime.ts';
import { serveApi } from '../http/api-server.ts';
import { daprMessageBus } from './dapr-message-bus.ts';

describe('the message bus of the Dapr runtime', () => {
  messageBusContract(async (at) => {
    const errors: unknown[] = [];
    const runtime = daprRuntime({ clock: realClock, random: () => 0.5, environment: {}, report: () => {} });
    const server = await serveApi({
      listen: { host: '127.0.0.1', port: 0 },
      apps: () => runtime.apps,
      maxBodyBytes: 1024 * 1024,
      onError: (error) => errors.push(error),
    });
    return {
      bus: daprMessageBus({ runtime, at }),
      apiUrl: `http://127.0.0.1:${server.port}`,
      pubsub: (name) => ({ name, type: 'pubsub.in-memory', metadata: [] }),
      state: (name) => ({ name, type: 'state.in-memory', metadata: [] }),
      input: (name) => ({ name, type: 'bindings.cron', metadata: [{ name: 'schedule', value: '@every 1s' }] }),
      output: (name) => ({ name, type: 'bindings.http', metadata: [{ name: 'url', value: 'http://127.0.0.1:1' }] }),
      invalid: (name) => ({ name, type: 'bindings.cron', metadata: [] }),
      // Nobody listens there.
      unavailable: (name) => ({ name, type: 'state.redis', metadata: [{ name: 'redisHost', value: '127.0.0.1:1' }], initTimeout: '500ms' }),
      close: async () => {
        await server.close(AbortSignal.timeout(2_000));
        await runtime.close(AbortSignal.timeout(2_000));
        expect(errors).toEqual([]);
      },
    };
  });
});

describe('an image that speaks gRPC', () => {
  const app: MessageApp = {
    id: 'f-default',
    namespace: 'default',
    authority: 'f.default.svc.cluster.local',
    apiToken: 'api',
    appToken: 'app',
    components: [{ name: 'orders', type: 'pubsub.in-memory', metadata: [] }],
    topics: [{ component: 'orders', topic: 'made', route: '/orders/made' }],
    inputs: [],
    maxInFlight: 1,
    timeoutMs: 5_000,
    image: { serving: 'default/f-1', protocol: 'grpc' },
    delivers: true,
  };
  let runtime: DaprRuntime;
  beforeEach(() => {
    runtime = daprRuntime({ clock: realClock, random: () => 0.5, environment: {}, report: () => {} });
  });
  afterEach(() => runtime.close(AbortSignal.timeout(2_000)));

  it('is called at an instance that is lent for each call, by the path that it lists', async () => {
    const events: unknown[] = [];
    const lent: string[] = [];
    const callback = {
      ListTopicSubscriptions: async () => ({
        subscriptions: [{ pubsubName: 'orders', topic: 'made', metadata: {}, deadLetterTopic: '', routes: { rules: [], default: 'own' } }],
      }),
      OnTopicEvent: async ({ topic, path }: TopicEventRequest, { headers }: DaprCall) => {
        events.push([topic, path, headers['dapr-api-token']]);
        return { status: 'SUCCESS' };
      },
    };
    const server = await grpcServer({ address: '127.0.0.1:0', services: [serveAppCallback(callback as unknown as AppCallback)] });
    const instances: Instances = {
      withInstance: (serving, _signal, use) => {
        lent.push(serving);
        return use({ kind: 'tcp', host: '127.0.0.1', port: server.port });
      },
    };
    await daprMessageBus({ runtime, at: { port: 1 }, instances }).open(app, () => {});
    await runtime.apps[0]?.delivering;
    await runtime.apps[0]?.api.publishing.publish('orders', 'made', { data: Buffer.from('1'), metadata: {} });
    await vi.waitFor(() => expect(events).toEqual([['made', 'own', 'app']]), { timeout: 5_000 });
    expect(lent).toEqual(['default/f-1', 'default/f-1']);
    await server.close();
  });

  it('is refused where no instance can be had, unless nothing is to be brought to it', async () => {
    const bus = daprMessageBus({ runtime, at: { port: 1 } });
    await expect(bus.open(app, () => {})).rejects.toMatchObject({ code: 'ProtocolUnsupported' });
    await expect(bus.open({ ...app, topics: [] }, () => {})).resolves.toBeDefined();
    await expect(bus.open({ ...app, delivers: false }, () => {})).resolves.toBeDefined();
  });
});
