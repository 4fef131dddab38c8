import { done, type Delivery, type OpenedComponent } from '@openfunction/components';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AppComponents } from '../app/app-components.ts';
import { testApp, type TestApp } from '../testing/test-app.ts';
import { component, resourcesOf, testRuntime, type TestRuntime } from '../testing/test-runtime.ts';
import { deliverOutbox } from './deliver-outbox.ts';
import { outboxOf } from './outbox-settings.ts';

const patience = { timeout: 5_000, interval: 10 };
const settings = { outboxPublishPubsub: 'bus', outboxPublishTopic: 'orders' };
const bus = component('bus', 'pubsub.in-memory');

describe('the outbox of a state store', () => {
  let runtime: TestRuntime;
  let app: TestApp;
  beforeEach(async () => {
    runtime = testRuntime();
    app = await testApp(({ path }) =>
      path === '/dapr/subscribe' ? { body: [{ pubsubname: 'bus', topic: 'orders', route: '/orders' }] } : {},
    );
  });
  afterEach(async () => {
    await runtime.close();
    await app.close();
  });
  async function start(yaml: string) {
    const started = await runtime.app({ id: 'a', yaml, app: { port: app.port } });
    await started.app.delivering;
    return started;
  }
  const transact = (url: string, operations: unknown[], headers = {}): Promise<Response> =>
    fetch(`${url}/v1.0/state/store/transaction`, { method: 'POST', headers, body: JSON.stringify({ operations }) });
  const upsert = (key: string, value: unknown, more: object = {}) => ({ operation: 'upsert', request: { key, value, ...more } });
  const told = () => app.seen.filter(({ path }) => path === '/orders').map(({ body }) => JSON.parse(body) as Record<string, unknown>);

  it('tells what a transaction wrote, with the trace of its caller, and leaves no mark', async () => {
    const { app: started, url } = await start(bus + component('store', 'state.in-memory', { ...settings, keyPrefix: 'none' }));
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const metadata = { contentType: 'application/json', 'cloudevent.type': 'order.placed' };
    expect(
      (await transact(url, [upsert('k', { n: 1 }, { metadata }), { operation: 'delete', request: { key: 'l' } }], { traceparent })).status,
    ).toBe(204);
    await vi.waitFor(() => expect(told()).toHaveLength(1), patience);
    const [event] = told();
    expect(event).toMatchObject({
      data: { n: 1 },
      type: 'order.placed',
      source: 'a',
      topic: 'orders',
      pubsubname: 'bus',
      traceparent,
      id: expect.stringMatching(/^outbox-/),
    });
    expect(await (await fetch(`${url}/v1.0/state/store/k`)).json()).toEqual({ n: 1 });
    const [store] = started.components().filter((each): each is Extract<OpenedComponent, { block: 'state' }> => each.block === 'state');
    await vi.waitFor(async () => expect(await store?.component.read([String(event?.['id'])])).toEqual([undefined]), patience);
  });

  it('tells nothing of a transaction that was not done', async () => {
    const { url } = await start(bus + component('store', 'state.in-memory', settings));
    expect((await transact(url, [upsert('k', 'never', { etag: 'wrong' })])).status).toBe(409);
    expect((await transact(url, [upsert('k', 'then')])).status).toBe(204);
    await vi.waitFor(() => expect(told().map(({ data }) => data)).toEqual(['"then"']), patience);
  });

  it('writes nothing when its message has nowhere to wait', async () => {
    const { url } = await start(component('store', 'state.in-memory', settings));
    const refused = await transact(url, [upsert('k', 1)]);
    expect([refused.status, await refused.json()]).toEqual([
      500,
      { errorCode: 'ERR_STATE_TRANSACTION', message: expect.stringContaining('"bus"') },
    ]);
    expect((await fetch(`${url}/v1.0/state/store/k`)).status).toBe(204);
  });

  it('goes by the scopes of its topic', async () => {
    const { url } = await start(
      component('bus', 'pubsub.in-memory', { publishingScopes: 'a=other' }) + component('store', 'state.in-memory', settings),
    );
    expect((await transact(url, [upsert('k', 1)])).status).toBe(403);
  });

  it('sends for an app that does not listen, and by a broker that came later', async () => {
    const yaml = component('store', 'state.in-memory', { ...settings, outboxPubsub: 'waiting' }) + bus;
    const { app: caller, url } = await runtime.app({ id: 'caller', yaml });
    await caller.reload(resourcesOf(yaml + component('waiting', 'pubsub.in-memory')));
    await start(bus);
    expect((await transact(url, [upsert('k', 1)])).status).toBe(204);
    await vi.waitFor(() => expect(told().map(({ source }) => source)).toEqual(['caller']), patience);
  });

  it('is refused with half of its settings, and by a store without transactions', async () => {
    await expect(start(component('store', 'state.in-memory', { outboxPublishPubsub: 'bus' }))).rejects.toThrow('"outboxPublishTopic"');
    const store = { block: 'state', document: { name: 's', type: 'state.simple' }, runtime: settings, component: {} };
    expect(() => outboxOf(store as never)).toThrow(/needs transactions, which state\.simple has not/);
  });
});

describe('a message that waits in an outbox', () => {
  const event = { id: 'outbox-1', time: '2026-01-01T00:00:00Z' };
  const begun = Date.parse(event.time);
  const delivery = (data: unknown): Delivery => ({ data: Buffer.from(JSON.stringify(data)), metadata: {}, attempt: 1 });
  function deliver(given: {
    data?: unknown;
    discardWhenMissing?: boolean;
    afterMs?: number;
    publish?: () => Promise<void>;
    mark?: boolean;
  }) {
    const found = {
      state: {
        read: async () => [given.mark === true ? { value: Buffer.from('0'), etag: '1' } : undefined],
        write: async () => [undefined],
      },
      pubsub: { publish: given.publish ?? (async () => {}) },
    };
    const components = { find: (block: 'state' | 'pubsub') => ({ component: found[block] }) } as unknown as AppComponents;
    const outbox = { publishPubsub: 'bus', publishTopic: 't', outboxPubsub: 'bus', discardWhenMissing: given.discardWhenMissing ?? false };
    const handle = deliverOutbox({ store: 's', settings: outbox, components, now: () => begun + (given.afterMs ?? 0), report: () => {} });
    return handle([delivery(given.data ?? event)], new AbortController().signal);
  }

  it('waits for its transaction, and for ever unless it may be discarded', async () => {
    const retry = [expect.objectContaining({ kind: 'retry' })];
    expect(await deliver({ discardWhenMissing: true, afterMs: 9_000 })).toEqual(retry);
    expect(await deliver({ discardWhenMissing: true, afterMs: 11_000 })).toEqual([done]);
    expect(await deliver({ afterMs: 3_600_000 })).toEqual(retry);
  });

  it('comes again when its topic does not take it', async () => {
    expect(await deliver({ mark: true })).toEqual([done]);
    expect(await deliver({ mark: true, publish: () => Promise.reject(new Error('away')) })).toEqual([
      expect.objectContaining({ kind: 'retry' }),
    ]);
  });

  it.each([[1], [{ id: 'k' }], [{ id: 'outbox-1/../x' }], [null]])('is dropped when it is none: %j', async (data) => {
    expect(await deliver({ data, mark: true })).toEqual([done]);
  });
});
