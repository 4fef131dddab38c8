import { CommunicationProtocolEnum, DaprClient, HttpMethod, LogLevel } from '@dapr/dapr';
import { grpcServer, grpcTransport, RpcError } from '@openfunction/protocol';
import {
  createDaprClient,
  serveAppCallback,
  serveAppHealth,
  type SubscribeTopicEventsRequestAlpha1,
  type AppCallback,
  type BindingEventRequest,
  type TopicEventRequest,
  type TopicEventResponseStatus,
} from '@openfunction/protocol/dapr';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { testApp, type TestApp } from '../testing/test-app.ts';
import { component, testRuntime, type TestRuntime } from '../testing/test-runtime.ts';
import { serveGrpc } from './serve-grpc.ts';

const patience = { timeout: 5_000, interval: 10 };
const yaml = component('store', 'state.in-memory') + component('bus', 'pubsub.in-memory') + component('env', 'secretstores.local.env');

describe('gRPC', () => {
  let runtime: TestRuntime;
  const ends: (() => Promise<unknown>)[] = [];
  beforeEach(() => {
    runtime = testRuntime({ environment: { A_SECRET: 'one' } });
  });
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
    await runtime.close();
  });

  /** The API of one app over gRPC, and Dapr's client for it. */
  async function clientOf(app: Awaited<ReturnType<TestRuntime['app']>>['app'], token?: string): Promise<DaprClient> {
    const server = await serveGrpc({
      host: '127.0.0.1',
      port: 0,
      apps: () => [app],
      findChannel: runtime.runtime.findChannel,
      maxBodyBytes: 1024 * 1024,
    });
    const client = new DaprClient({
      daprHost: '127.0.0.1',
      daprPort: String(server.port),
      communicationProtocol: CommunicationProtocolEnum.GRPC,
      ...(token === undefined ? {} : { daprApiToken: token }),
      logger: { level: LogLevel.Error },
    });
    ends.push(() => server.close());
    ends.push(() => client.stop());
    return client;
  }

  /** An app that serves AppCallback. */
  async function grpcApp(
    given: { verdict?: (event: TopicEventRequest) => TopicEventResponseStatus; bindings?: string[]; deadLetterTopic?: string } = {},
  ): Promise<{ port: number; events: TopicEventRequest[]; bound: BindingEventRequest[]; tokens: (string | undefined)[] }> {
    const events: TopicEventRequest[] = [];
    const bound: BindingEventRequest[] = [];
    const tokens: (string | undefined)[] = [];
    const callback: AppCallback = {
      ListTopicSubscriptions: async (_request, { headers }) => {
        tokens.push(headers['dapr-api-token']);
        const rules = [{ match: 'event.type == "big"', path: 'big' }];
        const common = { pubsubName: 'bus', metadata: {}, deadLetterTopic: given.deadLetterTopic ?? '' };
        return {
          subscriptions: [
            { ...common, topic: 't', routes: { rules, default: 'small' } },
            { ...common, topic: 'dead', deadLetterTopic: '' },
          ],
        };
      },
      OnTopicEvent: async (event) => {
        events.push(event);
        return { status: given.verdict?.(event) ?? 'SUCCESS' };
      },
      ListInputBindings: async () => ({ bindings: given.bindings ?? [] }),
      OnBindingEvent: async (event) => {
        bound.push(event);
        return {
          storeName: 'store',
          states: [{ key: 'seen', value: Buffer.from('1'), metadata: {} }],
          to: [],
          data: new Uint8Array(0),
          concurrency: 'SEQUENTIAL',
        };
      },
      OnInvoke: async ({ method, data, httpExtension }) => ({
        data: {
          type_url: '',
          value: Buffer.from(
            JSON.stringify({
              method,
              verb: httpExtension?.verb,
              query: httpExtension?.querystring,
              data: Buffer.from(data?.value ?? []).toString(),
            }),
          ),
        },
        contentType: 'application/json',
      }),
    };
    const server = await grpcServer({ address: '127.0.0.1:0', services: [serveAppCallback(callback)] });
    ends.push(() => server.close());
    return { port: server.port, events, bound, tokens };
  }

  it('keeps state for the client of Dapr', async () => {
    const { app } = await runtime.app({ id: 'app', yaml });
    const client = await clientOf(app);
    await client.state.save('store', [
      { key: 'a', value: 'one' },
      { key: 'b', value: 'two' },
    ]);
    expect(await client.state.get('store', 'a')).toBe('one');
    const many = await client.state.getBulk('store', ['a', 'b', 'absent']);
    expect(many.map(({ data }) => data)).toEqual(['one', 'two', '']);
    await client.state.transaction('store', [
      { operation: 'delete', request: { key: 'a' } },
      { operation: 'upsert', request: { key: 'c', value: 'three' } },
    ]);
    expect([await client.state.get('store', 'a'), await client.state.get('store', 'c')]).toEqual(['', 'three']);
    await client.state.delete('store', 'c');
    expect(await client.state.get('store', 'c')).toBe('');
  });

  it('reads secrets and metadata', async () => {
    const { app } = await runtime.app({ id: 'app', yaml });
    const client = await clientOf(app);
    expect(await client.secret.get('env', 'A_SECRET')).toEqual({ A_SECRET: 'one' });
    expect(await client.metadata.get()).toMatchObject({
      id: 'app',
      components: expect.arrayContaining([expect.objectContaining({ name: 'bus', type: 'pubsub.in-memory' })]),
    });
    await client.metadata.set('owner', 'me');
    expect((await client.metadata.get()).extended).toMatchObject({ owner: 'me' });
  });

  it('lets only the token in', async () => {
    const { app } = await runtime.app({ id: 'app', yaml, token: 'secret' });
    const server = await serveGrpc({ host: '127.0.0.1', port: 0, apps: () => [app], findChannel: () => undefined, maxBodyBytes: 1000 });
    const transport = grpcTransport(`127.0.0.1:${server.port}`);
    ends.push(() => server.close());
    ends.push(async () => transport.close());
    const dapr = createDaprClient(transport);
    const call = (headers: Record<string, string>): Promise<string> =>
      dapr.GetMetadata({}, { signal: AbortSignal.timeout(5_000), headers }).then(
        () => 'let in',
        (error: unknown) => (error instanceof RpcError ? error.code : String(error)),
      );
    const refused: Record<string, string>[] = [{}, ...['', 'other', 'secret, secret'].map((token) => ({ 'dapr-api-token': token }))];
    for (const headers of refused) expect(await call(headers)).toBe('Unauthenticated');
    expect(await call({ 'dapr-api-token': 'secret' })).toBe('let in');
    expect((await (await clientOf(app, 'secret')).metadata.get()).id).toBe('app');
  });

  it('tells failures with the codes of the HTTP API', async () => {
    const { app } = await runtime.app({ id: 'app', yaml });
    const client = await clientOf(app);
    await expect(client.state.get('absent', 'a')).rejects.toThrow(/ERR_STATE_STORE_NOT_FOUND/);
    await expect(client.state.get('store', 'a||b')).rejects.toThrow(/ERR_MALFORMED_REQUEST/);
    await expect(client.secret.get('env', 'ABSENT')).rejects.toThrow(/ERR_SECRET_GET/);
    await expect(client.invoker.invoke('absent', 'x', HttpMethod.POST, {})).rejects.toThrow(/ERR_DIRECT_INVOKE/);
  });

  it('publishes to an app over gRPC, by its rules', async () => {
    const { port, events, tokens } = await grpcApp();
    const { app } = await runtime.app({ id: 'app', yaml, app: { protocol: 'grpc', port, token: 'of-the-app' } });
    await app.delivering;
    const client = await clientOf(app);
    expect((await client.pubsub.publish('bus', 't', { n: 1 })).error).toBeUndefined();
    await client.pubsub.publish(
      'bus',
      't',
      { specversion: '1.0', id: '7', source: 's', type: 'big', data: 'x', extra: 'mine' },
      { contentType: 'application/cloudevents+json' },
    );
    expect((await client.pubsub.publishBulk('bus', 't', [{ n: 2 }, 'three'])).failedMessages).toEqual([]);
    await vi.waitFor(() => expect(events).toHaveLength(4), patience);
    expect(events.map(({ path }) => path).toSorted()).toEqual(['/big', 'small', 'small', 'small']);
    const big = events.find(({ type }) => type === 'big');
    expect(big).toMatchObject({
      id: '7',
      topic: 't',
      pubsubName: 'bus',
      specVersion: '1.0',
      extensions: { fields: { extra: { stringValue: 'mine' } } },
    });
    expect(events.map(({ data }) => Buffer.from(data).toString())).toEqual(expect.arrayContaining(['{"n":1}', '{"n":2}', 'three']));
    expect(tokens).toEqual(['of-the-app']);
  });

  it('gives an event again to an app that asks for it, and buries what it drops', async () => {
    let calls = 0;
    const { port, events } = await grpcApp({ deadLetterTopic: '', verdict: () => (++calls < 3 ? 'RETRY' : 'SUCCESS') });
    const { app } = await runtime.app({ id: 'again', yaml, app: { protocol: 'grpc', port } });
    await app.delivering;
    await app.api.publishing.publish('bus', 't', { data: Buffer.from('x') });
    await vi.waitFor(() => expect(events).toHaveLength(3), patience);
    expect(new Set(events.map(({ id }) => id)).size).toBe(1);
  });

  it('sends what an app drops to its dead-letter topic', async () => {
    const { port, events } = await grpcApp({ deadLetterTopic: 'dead', verdict: ({ topic }) => (topic === 't' ? 'DROP' : 'SUCCESS') });
    const { app } = await runtime.app({ id: 'drops', yaml, app: { protocol: 'grpc', port } });
    await app.delivering;
    await app.api.publishing.publish('bus', 't', { data: Buffer.from('x') });
    await vi.waitFor(() => expect(events.map(({ topic }) => topic)).toEqual(['t', 'dead']), patience);
    expect(events[1]?.extensions?.fields['deadletterreason']).toEqual({ stringValue: 'the app answered with DROP' });
  });

  it('hands events of the bindings that the app lists to it, and keeps the state that it answers', async () => {
    const { port, bound } = await grpcApp({ bindings: ['tick'] });
    const bindings =
      component('tick', 'bindings.cron', { schedule: '@every 1s' }) + component('unlisted', 'bindings.cron', { schedule: '@every 1s' });
    const { app } = await runtime.app({ id: 'bound', yaml: yaml + bindings, app: { protocol: 'grpc', port } });
    await app.delivering;
    await vi.waitFor(() => expect(bound.length).toBeGreaterThan(0), patience);
    expect(new Set(bound.map(({ name }) => name))).toEqual(new Set(['tick']));
    await vi.waitFor(async () => expect(await app.api.state.get('store', 'seen')).toBeDefined(), patience);
  });

  it('calls between apps of either protocol', async () => {
    const { port } = await grpcApp();
    const http: TestApp = await testApp(({ method, path, body }) =>
      path === '/fails' ? { status: 404, body: 'nothing here' } : { body: { method, path, body } },
    );
    ends.push(() => http.close());
    const grpc = await runtime.app({ id: 'grpc', yaml, app: { protocol: 'grpc', port } });
    const overHttp = await runtime.app({ id: 'http', app: { port: http.port } });
    const client = await clientOf(grpc.app);
    expect(await client.invoker.invoke('http', 'orders/7', HttpMethod.POST, { a: 1 })).toEqual({
      method: 'POST',
      path: '/orders/7',
      body: '{"a":1}',
    });
    await expect(client.invoker.invoke('http', 'fails', HttpMethod.POST, {})).rejects.toThrow(/status 404/);
    await expect(client.invoker.invoke('http', 'a/../b', HttpMethod.POST, {})).rejects.toThrow(/ERR_BAD_REQUEST/);
    const answer = await fetch(`${overHttp.url}/v1.0/invoke/grpc/method/add?x=1`, { method: 'PUT', body: 'data' });
    expect(await answer.json()).toEqual({ method: 'add', verb: 'PUT', query: 'x=1', data: 'data' });
  });

  it('streams a subscription: events out, verdicts back, and again what a broken stream left open', async () => {
    const { app } = await runtime.app({ id: 'streams', yaml });
    const server = await serveGrpc({ host: '127.0.0.1', port: 0, apps: () => [app], findChannel: () => undefined, maxBodyBytes: 100_000 });
    const transport = grpcTransport(`127.0.0.1:${server.port}`);
    ends.push(() => server.close());
    ends.push(async () => transport.close());
    const dapr = createDaprClient(transport);
    const seen: string[] = [];
    let isFirst = true;
    const open = (verdict: (id: string) => TopicEventResponseStatus | undefined): { stop(): void; ended: Promise<void> } => {
      const stopped = new AbortController();
      const answers: SubscribeTopicEventsRequestAlpha1[] = [
        { initialRequest: { pubsubName: 'bus', topic: 't', metadata: {}, deadLetterTopic: '' } },
      ];
      let wake = (): void => {};
      async function* requests(): AsyncIterable<SubscribeTopicEventsRequestAlpha1> {
        while (!stopped.signal.aborted) {
          yield* answers.splice(0);
          await new Promise<void>((resolve) => (wake = resolve));
        }
      }
      const ended = (async () => {
        for await (const { eventMessage } of dapr.SubscribeTopicEventsAlpha1(requests(), { signal: stopped.signal, headers: {} })) {
          if (eventMessage === undefined) continue;
          seen.push(Buffer.from(eventMessage.data).toString());
          const status = verdict(eventMessage.id);
          if (status !== undefined) answers.push({ eventProcessed: { id: eventMessage.id, status: { status } } });
          wake();
        }
      })().catch(() => {});
      return { stop: () => (stopped.abort(), wake()), ended };
    };
    const first = open(() => {
      if (!isFirst) return undefined;
      isFirst = false;
      return 'RETRY';
    });
    await vi.waitFor(() => expect(app.subscriptions.map(({ type }) => type)).toEqual(['STREAMING']), patience);
    await app.api.publishing.publish('bus', 't', { data: Buffer.from('x') });
    await vi.waitFor(() => expect(seen).toEqual(['x', 'x']), patience);
    const second = open(() => 'SUCCESS');
    await vi.waitFor(() => expect(app.subscriptions).toHaveLength(2), patience);
    first.stop();
    await first.ended;
    await vi.waitFor(() => expect(seen).toEqual(['x', 'x', 'x']), patience);
    second.stop();
    await second.ended;
    await vi.waitFor(() => expect(app.subscriptions).toEqual([]), patience);
  });

  it('asks an app over gRPC whether it is well', async () => {
    let isWell = true;
    const check = async (): Promise<void> => {
      if (!isWell) throw new RpcError('Unavailable', 'not well');
    };
    const server = await grpcServer({ address: '127.0.0.1:0', services: [serveAppHealth(check)], maxMessageBytes: 1024 });
    ends.push(() => server.close());
    const healthCheck = { path: '', intervalMs: 10, timeoutMs: 1000, threshold: 2 };
    const { app } = await runtime.app({ id: 'app', app: { protocol: 'grpc', port: server.port }, healthCheck });
    await app.health?.until(true, AbortSignal.timeout(patience.timeout));
    expect(app.health?.isHealthy()).toBe(true);
    isWell = false;
    await app.health?.until(false, AbortSignal.timeout(patience.timeout));
    expect(app.health?.isHealthy()).toBe(false);
  });

  it('refuses a stream for a topic that the app may not have', async () => {
    const { app } = await runtime.app({ id: 'app', yaml: component('bus', 'pubsub.in-memory', { subscriptionScopes: 'app=' }) });
    const refusal = async (pubsub: string): Promise<void> =>
      void (await app.subscribe(
        { pubsub, topic: 't', metadata: {}, type: 'STREAMING', routes: [] },
        { handle: async () => ({ kind: 'success' }), handleMany: async () => [] },
      ));
    await expect(refusal('bus')).rejects.toMatchObject({ code: 'ERR_PUBSUB_FORBIDDEN' });
    await expect(refusal('absent')).rejects.toMatchObject({ code: 'ERR_PUBSUB_NOT_FOUND' });
  });

  it('refuses a message over the limit', async () => {
    const { app } = await runtime.app({ id: 'app', yaml });
    const client = await clientOf(app);
    await expect(client.state.save('store', [{ key: 'a', value: 'x'.repeat(2 * 1024 * 1024) }])).rejects.toThrow();
    expect(await client.state.get('store', 'a')).toBe('');
  });
});
