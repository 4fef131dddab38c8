import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { testApp, type Answer, type Seen, type TestApp } from '../testing/test-app.ts';
import { component, testRuntime, type TestRuntime } from '../testing/test-runtime.ts';

const patience = { timeout: 5_000, interval: 10 };
const policies = (targets: string): string =>
  `---\napiVersion: dapr.io/v1alpha1\nkind: Resiliency\nmetadata: {name: r}\nspec:\n  policies:\n    timeouts: {short: 100ms}\n    retries: {thrice: {duration: 10ms, maxRetries: 3}, on503: {duration: 10ms, maxRetries: 3, matching: {httpStatusCodes: "503"}}}\n    circuitBreakers: {early: {trip: consecutiveFailures >= 2, timeout: 60s}}\n  targets: ${targets}\n`;

/** Without the question for subscriptions. */
const calls = ({ seen }: TestApp): Seen[] => seen.filter(({ path }) => path !== '/dapr/subscribe');

describe('policies at work', () => {
  let runtime: TestRuntime;
  let apps: TestApp[];
  beforeEach(() => {
    runtime = testRuntime();
    apps = [];
  });
  afterEach(async () => {
    await runtime.close();
    await Promise.all(apps.map((app) => app.close()));
  });
  async function app(handle: (seen: Seen) => Answer | Promise<Answer>): Promise<TestApp> {
    const made = await testApp(handle);
    apps.push(made);
    return made;
  }

  it('calls another app again with the same body, and hands on its last answer', async () => {
    const callee = await app(({ path }) =>
      path === '/heals' && calls(callee).length < 3 ? { status: 503 } : path === '/heals' ? {} : { status: 503, body: 'still' },
    );
    await runtime.app({ id: 'callee', app: { port: callee.port } });
    const { url } = await runtime.app({ id: 'caller', yaml: policies('{apps: {callee: {retry: thrice}}}') });
    const call = (path: string): Promise<Response> => fetch(`${url}/v1.0/invoke/callee/method/${path}`, { method: 'POST', body: 'data' });
    expect((await call('heals')).status).toBe(200);
    expect(calls(callee).map(({ body }) => body)).toEqual(['data', 'data', 'data']);
    const failed = await call('fails');
    expect([failed.status, await failed.text(), calls(callee).length]).toEqual([503, 'still', 7]);
  });

  it('tries again for no other status than the policy says', async () => {
    const callee = await app(() => ({ status: 404, body: 'no' }));
    await runtime.app({ id: 'callee', app: { port: callee.port } });
    const { url } = await runtime.app({ id: 'caller', yaml: policies('{apps: {callee: {retry: on503}}}') });
    expect((await fetch(`${url}/v1.0/invoke/callee/method/x`)).status).toBe(404);
    expect(calls(callee)).toHaveLength(1);
  });

  it('calls an app no more that is slow, until its breaker lets it', async () => {
    const callee = await app(() => new Promise(() => {}));
    await runtime.app({ id: 'callee', app: { port: callee.port } });
    const { url } = await runtime.app({ id: 'caller', yaml: policies('{apps: {callee: {timeout: short, circuitBreaker: early}}}') });
    const call = async (): Promise<string> =>
      ((await (await fetch(`${url}/v1.0/invoke/callee/method/x`)).json()) as { message: string }).message;
    expect(await call()).toContain('within 100 ms');
    expect(await call()).toContain('within 100 ms');
    expect(await call()).toContain('circuit breaker "early" is open');
    expect(calls(callee)).toHaveLength(2);
  });

  it('leaves apps alone that its scopes do not name', async () => {
    const callee = await app(() => ({ status: 503 }));
    await runtime.app({ id: 'callee', app: { port: callee.port } });
    const { url } = await runtime.app({ id: 'caller', yaml: `${policies('{apps: {callee: {retry: thrice}}}')}scopes: [other]\n` });
    await fetch(`${url}/v1.0/invoke/callee/method/x`);
    expect(calls(callee)).toHaveLength(1);
  });

  it('brings a message again at once, before it is a dead letter', async () => {
    const consumer = await app(({ path }) => {
      if (path === '/dapr/subscribe') return { body: [{ pubsubname: 'bus', topic: 't', route: '/t', deadLetterTopic: 'dead' }] };
      return { status: consumer.seen.filter((each) => each.path === '/t').length > 2 ? 200 : 500 };
    });
    const yaml = component('bus', 'pubsub.in-memory') + policies('{components: {bus: {inbound: {retry: thrice}}}}');
    const started = await runtime.app({ id: 'consumer', yaml, app: { port: consumer.port } });
    await started.app.delivering;
    await fetch(`${started.url}/v1.0/publish/bus/t`, { method: 'POST', body: 'x' });
    await vi.waitFor(() => expect(consumer.seen.filter(({ path }) => path === '/t')).toHaveLength(3), patience);
    expect(runtime.events.filter(({ message }) => message.includes('dead-letter'))).toEqual([]);
  });

  it('brings only those of a batch again that are to come again', async () => {
    const seen: string[][] = [];
    const consumer = await app(({ path, body }) => {
      if (path === '/dapr/subscribe')
        return {
          body: [
            { pubsubname: 'bus', topic: 't', route: '/t', bulkSubscribe: { enabled: true, maxMessagesCount: 2, maxAwaitDurationMs: 2000 } },
          ],
        };
      const { entries } = JSON.parse(body) as { entries: { entryId: string; event: { data: string } }[] };
      seen.push(entries.map(({ event }) => event.data));
      const isFirst = seen.length === 1;
      return {
        body: {
          statuses: entries.map(({ entryId, event }) => ({ entryId, status: isFirst && event.data === 'two' ? 'RETRY' : 'SUCCESS' })),
        },
      };
    });
    const yaml = component('bus', 'pubsub.in-memory') + policies('{components: {bus: {inbound: {retry: thrice}}}}');
    const started = await runtime.app({ id: 'consumer', yaml, app: { port: consumer.port } });
    await started.app.delivering;
    for (const body of ['one', 'two']) await fetch(`${started.url}/v1.0/publish/bus/t`, { method: 'POST', body });
    await vi.waitFor(() => expect(seen).toEqual([['one', 'two'], ['two']]), patience);
  });

  it('calls a component again that failed, and not one that says no', async () => {
    const target = await app(() => ({ status: target.seen.length < 3 ? 500 : 200, body: '"ok"' }));
    const yaml =
      component('web', 'bindings.http', { url: `http://127.0.0.1:${target.port}` }) +
      component('store', 'state.in-memory') +
      policies('{components: {web: {outbound: {retry: thrice}}, store: {outbound: {retry: thrice}}}}');
    const { url } = await runtime.app({ id: 'a', yaml });
    const called = await fetch(`${url}/v1.0/bindings/web`, { method: 'POST', body: '{"operation":"get"}' });
    expect([called.status, target.seen.length]).toEqual([200, 3]);
    const save = (etag: string): Promise<Response> =>
      fetch(`${url}/v1.0/state/store`, { method: 'POST', body: JSON.stringify([{ key: 'k', value: 1, etag }]) });
    expect((await save('7')).status).toBe(409);
  });
});
