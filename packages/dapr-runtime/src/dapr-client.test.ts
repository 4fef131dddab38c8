import { CommunicationProtocolEnum, DaprClient, HttpMethod } from '@dapr/dapr';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { testApp, type TestApp } from './testing/test-app.ts';
import { component, testRuntime, type TestRuntime } from './testing/test-runtime.ts';

describe('the client of Dapr, over HTTP', () => {
  let runtime: TestRuntime;
  let app: TestApp;
  let client: DaprClient;
  beforeAll(async () => {
    runtime = testRuntime({ environment: { A_SECRET: 'one' } });
    app = await testApp(({ path }) =>
      path === '/dapr/subscribe' ? { body: [{ pubsubname: 'bus', topic: 't', route: '/t' }] } : { body: { path } },
    );
    const yaml = component('store', 'state.in-memory') + component('bus', 'pubsub.in-memory') + component('env', 'secretstores.local.env');
    const started = await runtime.app({ id: 'app', yaml, token: 'secret', app: { port: app.port } });
    await started.app.delivering;
    client = new DaprClient({
      daprHost: '127.0.0.1',
      daprPort: String(started.server.port),
      daprApiToken: 'secret',
      communicationProtocol: CommunicationProtocolEnum.HTTP,
    });
    await client.start();
  });
  afterAll(async () => {
    await client.stop();
    await runtime.close();
    await app.close();
  });

  it('keeps state', async () => {
    await client.state.save('store', [
      { key: 'a', value: { n: 1 } },
      { key: 'b', value: 'text' },
    ]);
    expect(await client.state.get('store', 'a')).toEqual({ n: 1 });
    expect(await client.state.getBulk('store', ['a', 'b'])).toEqual([
      expect.objectContaining({ key: 'a', data: { n: 1 } }),
      expect.objectContaining({ key: 'b', data: 'text' }),
    ]);
    await client.state.transaction('store', [
      { operation: 'delete', request: { key: 'a' } },
      { operation: 'upsert', request: { key: 'c', value: 3 } },
    ]);
    expect([await client.state.get('store', 'a'), await client.state.get('store', 'c')]).toEqual(['', 3]);
    await client.state.delete('store', 'c');
    expect(await client.state.get('store', 'c')).toBe('');
  });

  it('learns of a failure in its own words', async () => {
    const result = await client.state.save('absent', [{ key: 'a', value: 1 }]);
    expect(JSON.stringify(result, Object.getOwnPropertyNames(result.error ?? {}).concat('error'))).toContain('ERR_STATE_STORE_NOT_FOUND');
  });

  it('publishes one and many', async () => {
    expect((await client.pubsub.publish('bus', 't', { n: 1 })).error).toBeUndefined();
    expect((await client.pubsub.publishBulk('bus', 't', ['x', { y: 1 }])).failedMessages).toEqual([]);
    const received = (): unknown[] =>
      app.seen.filter(({ path }) => path === '/t').map(({ body }) => (JSON.parse(body) as { data: unknown }).data);
    await vi.waitFor(() => expect(received()).toHaveLength(3));
    expect(received()).toEqual(expect.arrayContaining([{ n: 1 }, 'x', { y: 1 }]));
  });

  it('reads secrets and metadata, and calls an app', async () => {
    expect(await client.secret.get('env', 'A_SECRET')).toEqual({ A_SECRET: 'one' });
    expect(await client.metadata.get()).toMatchObject({
      id: 'app',
      components: expect.arrayContaining([expect.objectContaining({ name: 'store' })]),
    });
    expect(await client.invoker.invoke('app', 'hello', HttpMethod.GET)).toEqual({ path: '/hello' });
  });
});
