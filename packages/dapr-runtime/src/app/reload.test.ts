import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { testApp, type TestApp } from '../testing/test-app.ts';
import { component, resourcesOf, testRuntime, type TestRuntime } from '../testing/test-runtime.ts';

const patience = { timeout: 5_000, interval: 10 };
const declared = (topic: string, route: string): string =>
  `---\nkind: Subscription\nmetadata: {name: ${topic}}\nspec: {pubsubname: bus, topic: ${topic}, route: ${route}}\n`;
const bus = component('bus', 'pubsub.in-memory');

describe('an app whose resources change', () => {
  let runtime: TestRuntime;
  let consumer: TestApp;
  let asks: number;
  beforeEach(async () => {
    runtime = testRuntime({ environment: { A_SECRET: 'one', B_SECRET: 'two' } });
    asks = 0;
    consumer = await testApp(({ path }) => {
      if (path !== '/dapr/subscribe') return {};
      asks++;
      return { body: [{ pubsubname: 'bus', topic: 'asked', route: '/asked' }] };
    });
  });
  afterEach(async () => {
    await runtime.close();
    await consumer.close();
  });
  async function start(yaml: string) {
    const started = await runtime.app({ id: 'a', yaml, app: { port: consumer.port } });
    await started.app.delivering;
    return started;
  }
  const publish = async (url: string, topic: string): Promise<number> =>
    (await fetch(`${url}/v1.0/publish/bus/${topic}`, { method: 'POST', body: 'x' })).status;
  const arrived = (path: string): number => consumer.seen.filter((each) => each.path === path).length;

  it('has new components, loses those that are gone, and keeps what did not change', async () => {
    const { app, url } = await start(component('old', 'state.in-memory') + component('env', 'secretstores.local.env', { prefix: 'A_' }));
    const kept = app.components().find(({ document }) => document.name === 'env');
    await app.reload(resourcesOf(component('new', 'state.in-memory') + component('env', 'secretstores.local.env', { prefix: 'A_' })));
    expect((await fetch(`${url}/v1.0/state/new/k`)).status).toBe(204);
    expect((await fetch(`${url}/v1.0/state/old/k`)).status).toBe(400);
    expect(app.components().find(({ document }) => document.name === 'env')).toBe(kept);
    await app.reload(resourcesOf(component('env', 'secretstores.local.env', { prefix: 'B_' })));
    expect(await (await fetch(`${url}/v1.0/secrets/env/SECRET`)).json()).toEqual({ SECRET: 'two' });
  });

  it('moves the subscriptions of a component that changed, those of the app and the declared ones', async () => {
    const { app, url } = await start(bus + declared('own', '/own'));
    await app.reload(resourcesOf(component('bus', 'pubsub.in-memory', { allowedTopics: 'asked,own' }) + declared('own', '/own')));
    await vi.waitFor(() => expect(app.sources.map(({ name }) => name).toSorted()).toEqual(['bus/asked', 'bus/own']), patience);
    expect([await publish(url, 'asked'), await publish(url, 'own'), await publish(url, 'other')]).toEqual([204, 204, 403]);
    await vi.waitFor(() => expect([arrived('/asked'), arrived('/own')]).toEqual([1, 1]), patience);
    expect(asks).toBe(1);
  });

  it('opens and ends declared subscriptions as their files do', async () => {
    const { app, url } = await start(bus + declared('first', '/first'));
    await app.reload(resourcesOf(bus + declared('second', '/second')));
    await vi.waitFor(() => expect(app.sources.map(({ name }) => name)).toEqual(['bus/asked', 'bus/second']), patience);
    await publish(url, 'first');
    await publish(url, 'second');
    await vi.waitFor(() => expect(arrived('/second')).toBe(1), patience);
    expect(arrived('/first')).toBe(0);
  });

  it('has a subscription again when its component comes back', async () => {
    const { app, url } = await start(bus);
    await app.reload(resourcesOf(''));
    expect(app.sources).toEqual([]);
    await app.reload(resourcesOf(bus));
    await vi.waitFor(() => expect(app.sources.map(({ name }) => name)).toEqual(['bus/asked']), patience);
    await publish(url, 'asked');
    await vi.waitFor(() => expect(arrived('/asked')).toBe(1), patience);
  });

  it('moves a subscription that somebody keeps open, which ends where it is by then', async () => {
    const { app, url } = await start(bus);
    const seen: unknown[] = [];
    const topic = { pubsub: 'bus', topic: 'streamed', metadata: {}, type: 'STREAMING', routes: [{ path: '' }] } as const;
    const stream = await app.subscribe(
      { ...topic, routes: [...topic.routes] },
      { handle: async ({ event }) => (seen.push(event.data), { kind: 'success' }), handleMany: async () => [] },
    );
    await app.reload(resourcesOf(component('bus', 'pubsub.in-memory', { allowedTopics: 'asked,streamed' })));
    await vi.waitFor(() => expect(app.sources.map(({ name }) => name)).toContain('bus/streamed'), patience);
    await publish(url, 'streamed');
    await vi.waitFor(() => expect(seen).toEqual(['x']), patience);
    await stream.close();
    expect(app.sources.map(({ name }) => name)).toEqual(['bus/asked']);
  });

  it('begins and ends the inputs of bindings', async () => {
    const { app } = await start('');
    await app.reload(resourcesOf(component('tick', 'bindings.cron', { schedule: '@every 1s' })));
    await vi.waitFor(() => expect(arrived('/tick')).toBeGreaterThan(1), patience);
    await app.reload(resourcesOf(''));
    expect(app.sources).toEqual([]);
  });

  it('stays as it is when a component cannot be opened', async () => {
    const { app, url } = await start(bus + component('store', 'state.in-memory'));
    const before = app.components();
    await expect(app.reload(resourcesOf(component('other', 'state.in-memory') + component('store', 'state.in-memry')))).rejects.toThrow(
      'state.in-memory',
    );
    expect(app.components()).toEqual(before);
    expect((await fetch(`${url}/v1.0/state/store/k`)).status).toBe(204);
    await publish(url, 'asked');
    await vi.waitFor(() => expect(arrived('/asked')).toBe(1), patience);
  });

  it('keeps the component that it has when the changed one may be left out and cannot be opened', async () => {
    const { app, url } = await start(component('store', 'state.in-memory'));
    const broken = '---\nkind: Component\nmetadata: {name: store}\nspec: {type: state.sqlite, ignoreErrors: true}\n';
    await app.reload(resourcesOf(broken));
    expect((await fetch(`${url}/v1.0/state/store/k`)).status).toBe(204);
    expect(runtime.events.map(({ message }) => message)).toContain('a component was left out, as it asks for by ignoreErrors');
  });
});
