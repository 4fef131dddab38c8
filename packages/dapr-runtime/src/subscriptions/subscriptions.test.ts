import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { testApp, type Answer, type Seen, type TestApp } from '../testing/test-app.ts';
import { component, testRuntime, type TestRuntime } from '../testing/test-runtime.ts';

interface Event {
  id: string;
  type: string;
  source: string;
  data?: unknown;
  data_base64?: string;
  [name: string]: unknown;
}
const patience = { timeout: 5_000, interval: 10 };
const broker = component('bus', 'pubsub.in-memory');
const posted = ({ seen }: TestApp, path: string): Event[] =>
  seen.filter((each) => each.method === 'POST' && each.path === path).map(({ body }) => JSON.parse(body) as Event);

describe('subscriptions over HTTP', () => {
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

  /** An app that subscribes as it is told, and answers events by `handle`. */
  async function start(
    subscriptions: unknown[],
    given: { handle?: (seen: Seen) => Answer; yaml?: string; id?: string; token?: string } = {},
  ): Promise<{ app: TestApp; url: string }> {
    const app = await testApp((seen) =>
      seen.path === '/dapr/subscribe' ? { body: subscriptions } : given.handle === undefined ? { status: 200 } : given.handle(seen),
    );
    apps.push(app);
    const at = { port: app.port, ...(given.token === undefined ? {} : { token: given.token }) };
    const started = await runtime.app({ id: given.id ?? 'consumer', yaml: given.yaml ?? broker, app: at });
    await started.app.delivering;
    return { app, url: started.url };
  }
  const publish = async (
    url: string,
    topic: string,
    body: string,
    headers: Record<string, string> = { 'content-type': 'application/json' },
    query = '',
  ): Promise<number> => (await fetch(`${url}/v1.0/publish/bus/${topic}${query}`, { method: 'POST', headers, body })).status;

  describe('of an app that need not run, and is asked where it takes its topics', () => {
    const declared = `${broker}---\nkind: Subscription\nmetadata: {name: s}\nspec: {pubsubname: bus, topic: orders, route: /declared}\n`;
    async function startAsked(handle: (seen: Seen) => Answer): Promise<{ app: TestApp; url: string; asked: () => number }> {
      const app = await testApp(handle);
      apps.push(app);
      const spec = { id: 'consumer', yaml: declared, app: { port: app.port }, declaredInputs: [], asksRoutes: true };
      const started = await runtime.app(spec);
      await started.app.delivering;
      return { app, url: started.url, asked: () => app.seen.filter(({ path }) => path === '/dapr/subscribe').length };
    }

    it('asks it when the first message is there, once', async () => {
      const listed = [
        { pubsubname: 'bus', topic: 'orders', routes: { rules: [{ match: 'event.data.n > 1', path: '/many' }], default: '/orders' } },
      ];
      const { app, url, asked } = await startAsked(({ path }) => (path === '/dapr/subscribe' ? { body: listed } : { status: 200 }));
      expect(asked()).toBe(0);
      await publish(url, 'orders', '{"n":1}');
      await vi.waitFor(() => expect(posted(app, '/orders')).toHaveLength(1), patience);
      await publish(url, 'orders', '{"n":2}');
      await vi.waitFor(() => expect(posted(app, '/many')).toHaveLength(1), patience);
      expect(asked()).toBe(1);
    });

    it('goes by what is declared where it does not list the topic, whatever it answers instead', async () => {
      for (const body of ['[]', '"hello"', 'not JSON']) {
        const { app, url } = await startAsked(({ path }) => (path === '/dapr/subscribe' ? { body } : { status: 200 }));
        await publish(url, 'orders', '1');
        await vi.waitFor(() => expect(posted(app, '/declared')).toHaveLength(1), patience);
        await runtime.close();
        runtime = testRuntime();
      }
    });

    it('loses no message while it cannot be asked', async () => {
      let isUp = false;
      const listed = [{ pubsubname: 'bus', topic: 'orders', route: '/orders' }];
      const { app, url } = await startAsked(({ path }) =>
        path !== '/dapr/subscribe' ? { status: 200 } : isUp ? { body: listed } : { status: 503 },
      );
      await publish(url, 'orders', '1');
      await vi.waitFor(
        () => expect(runtime.events.map(({ message }) => message)).toContain('the app could not be asked where it takes a topic'),
        patience,
      );
      expect([posted(app, '/orders').length, posted(app, '/declared').length]).toEqual([0, 0]);
      isUp = true;
      await vi.waitFor(() => expect(posted(app, '/orders')).toHaveLength(1), patience);
    });
  });

  it('wraps what is published in a CloudEvent, and POSTs it where the app asked', async () => {
    const { app, url } = await start([{ pubsubname: 'bus', topic: 'orders', route: '/handle' }]);
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    expect(await publish(url, 'orders', '{"n":1}', { 'content-type': 'application/json', traceparent })).toBe(204);
    await vi.waitFor(() => expect(posted(app, '/handle')).toHaveLength(1), patience);
    expect(posted(app, '/handle')[0]).toEqual({
      specversion: '1.0',
      id: expect.stringMatching(/^[\da-f-]{36}$/),
      source: 'consumer',
      type: 'com.dapr.event.sent',
      datacontenttype: 'application/json',
      data: { n: 1 },
      topic: 'orders',
      pubsubname: 'bus',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      traceid: traceparent,
      traceparent,
      tracestate: '',
    });
    expect(app.seen.at(-1)?.headers).toMatchObject({ 'content-type': 'application/cloudevents+json', traceparent });
  });

  it('carries text as text and bytes in base64', async () => {
    const { app, url } = await start([{ pubsubname: 'bus', topic: 't' }]);
    await publish(url, 't', 'hello', { 'content-type': 'text/plain' });
    await publish(url, 't', '\x01\x02', { 'content-type': 'application/octet-stream' });
    await vi.waitFor(() => expect(posted(app, '/t')).toHaveLength(2), patience);
    expect(posted(app, '/t').map(({ data, data_base64: base64 }) => [data, base64])).toEqual([
      ['hello', undefined],
      [undefined, 'AQI='],
    ]);
  });

  it('lets an own CloudEvent through as it is', async () => {
    const { app, url } = await start([{ pubsubname: 'bus', topic: 't' }]);
    const event = {
      specversion: '1.0',
      id: '7',
      source: 'me',
      type: 'mine',
      datacontenttype: 'application/json',
      data: { a: 1 },
      customer: 'x',
    };
    expect(await publish(url, 't', JSON.stringify(event), { 'content-type': 'application/cloudevents+json; charset=utf-8' })).toBe(204);
    await vi.waitFor(() => expect(posted(app, '/t')).toHaveLength(1), patience);
    expect(posted(app, '/t')[0]).toMatchObject({ ...event, topic: 't', pubsubname: 'bus' });
  });

  it.each([
    ['no id', { id: undefined }],
    ['an empty source', { source: '' }],
    ['version 0.3', { specversion: '0.3' }],
    ['version 2.0', { specversion: '2.0' }],
    ['both kinds of data', { data_base64: 'AA==' }],
    ['a time that is none', { time: 'yesterday' }],
    ['an attribute of a megabyte', { big: 'x'.repeat(1e6) }],
    ['a name of an attribute that may not be', { 'Not-Allowed': 'x' }],
  ])('refuses a CloudEvent with %s', async (_what, change) => {
    const { url } = await start([]);
    const event = { specversion: '1.0', id: '7', source: 'me', type: 'mine', data: 1, ...change };
    expect(await publish(url, 't', JSON.stringify(event), { 'content-type': 'application/cloudevents+json' })).toBe(400);
  });

  it('chooses the path by the first rule that takes the event', async () => {
    const rules = [
      { match: 'event.type == "big" && event.data.n > 10', path: '/big' },
      { match: 'event.data.name.matches("^(a+)+$")', path: '/as' },
    ];
    const { app, url } = await start([{ pubsubname: 'bus', topic: 't', routes: { rules, default: '/others' } }]);
    await publish(url, 't', '{"n":11}', { 'content-type': 'application/json' }, '?metadata.cloudevent.type=big');
    await publish(url, 't', '{"n":9,"name":"aaa"}', { 'content-type': 'application/json' }, '?metadata.cloudevent.type=big');
    // JavaScript's own expressions would take minutes over this one.
    await publish(url, 't', JSON.stringify({ name: `${'a'.repeat(40)}!` }));
    await vi.waitFor(
      () => expect([posted(app, '/big'), posted(app, '/as'), posted(app, '/others')].map(({ length }) => length)).toEqual([1, 1, 1]),
      patience,
    );
  });

  it('drops what no rule takes', async () => {
    const { app, url } = await start([
      { pubsubname: 'bus', topic: 't', routes: { rules: [{ match: 'event.type == "wanted"', path: '/wanted' }] } },
    ]);
    await publish(url, 't', '{}');
    await publish(url, 't', '{}', undefined, '?metadata.cloudevent.type=wanted');
    await vi.waitFor(() => expect(posted(app, '/wanted')).toHaveLength(1), patience);
    expect(app.seen.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });

  it.each<[string, Answer]>([
    ['status 500', { status: 500 }],
    ['the word RETRY', { body: { status: 'RETRY' } }],
    ['another word', { body: { status: 'WHO KNOWS' } }],
  ])('gives an event again after %s, with the same id', async (_what, failure) => {
    let calls = 0;
    const { app, url } = await start([{ pubsubname: 'bus', topic: 't' }], { handle: () => (++calls < 3 ? failure : { status: 200 }) });
    await publish(url, 't', '1');
    await vi.waitFor(() => expect(posted(app, '/t')).toHaveLength(3), patience);
    expect(new Set(posted(app, '/t').map(({ id }) => id)).size).toBe(1);
  });

  it.each<[string, Answer]>([
    ['status 404', { status: 404 }],
    ['the word DROP', { body: { status: 'DROP' } }],
    ['SUCCESS', { body: { status: 'SUCCESS' } }],
    ['no JSON', { body: 'thanks' }],
  ])('takes an event from the topic after %s', async (_what, answer) => {
    const { app, url } = await start([{ pubsubname: 'bus', topic: 't' }], {
      handle: ({ body }) => ((JSON.parse(body) as Event).data === 'first' ? answer : { status: 200 }),
    });
    await publish(url, 't', '"first"');
    await publish(url, 't', '"second"');
    await vi.waitFor(() => expect(posted(app, '/t').map(({ data }) => data)).toEqual(['first', 'second']), patience);
  });

  it('gives an event again when the app takes longer than it may', async () => {
    const app = await testApp(({ path }) =>
      path === '/dapr/subscribe' ? { body: [{ pubsubname: 'bus', topic: 't' }] } : new Promise(() => {}),
    );
    apps.push(app);
    const started = await runtime.app({ id: 'hangs', yaml: broker, app: { port: app.port }, maxInFlight: 1, timeoutMs: 50 });
    await started.app.delivering;
    await publish(started.url, 't', '{}');
    await vi.waitFor(() => expect(posted(app, '/t').length).toBeGreaterThan(2), patience);
    expect(new Set(posted(app, '/t').map(({ id }) => id)).size).toBe(1);
    expect(runtime.events.map(({ fields }) => fields?.['reason'])).toContainEqual(expect.stringMatching(/timeout/));
  });

  it('sends what fails to its dead-letter topic, with the true reason', async () => {
    const subscriptions = [
      { pubsubname: 'bus', topic: 't', deadLetterTopic: 'dead' },
      { pubsubname: 'bus', topic: 'dead', route: '/dead' },
    ];
    const { app, url } = await start(subscriptions, { handle: ({ path }) => ({ status: path === '/t' ? 503 : 200 }) });
    await publish(url, 't', '{"n":1}');
    await vi.waitFor(() => expect(posted(app, '/dead')).toHaveLength(1), patience);
    expect(posted(app, '/dead')[0]).toMatchObject({
      data: { n: 1 },
      id: posted(app, '/t')[0]?.id,
      deadletterreason: 'the app answered with status 503',
    });
    expect(posted(app, '/t')).toHaveLength(1);
  });

  it('publishes and hands out raw payloads without an envelope of its own', async () => {
    const { app, url } = await start([
      { pubsubname: 'bus', topic: 'raw', route: '/raw', metadata: { rawPayload: 'true' } },
      { pubsubname: 'bus', topic: 'raw-in', route: '/wrapped' },
    ]);
    await publish(url, 'raw', 'bytes', { 'content-type': 'text/plain' }, '?metadata.rawPayload=true');
    await publish(url, 'raw-in', 'bytes', { 'content-type': 'text/plain' }, '?metadata.rawPayload=true');
    await vi.waitFor(() => expect([posted(app, '/raw'), posted(app, '/wrapped')].map(({ length }) => length)).toEqual([1, 1]), patience);
    for (const path of ['/raw', '/wrapped'])
      expect(Buffer.from(posted(app, path)[0]?.data_base64 ?? '', 'base64').toString()).toBe('bytes');
  });

  it('leaves out what has expired', async () => {
    const { app, url } = await start([{ pubsubname: 'bus', topic: 't' }]);
    const event = { specversion: '1.0', id: 'late', source: 's', type: 't', expiration: '2020-01-01T00:00:00Z' };
    await publish(url, 't', JSON.stringify(event), { 'content-type': 'application/cloudevents+json' });
    await publish(url, 't', '{}');
    await vi.waitFor(() => expect(posted(app, '/t')).toHaveLength(1), patience);
    expect(posted(app, '/t')[0]?.id).not.toBe('late');
    expect(await publish(url, 't', '{}', undefined, '?metadata.ttlInSeconds=0')).toBe(400);
  });

  it('subscribes as YAML declares, for apps in its scope', async () => {
    const declared = `---\napiVersion: dapr.io/v2alpha1\nkind: Subscription\nmetadata: {name: s}\nspec: {pubsubname: bus, topic: t, routes: {default: /declared}}\nscopes: [one]\n`;
    const v1 = `---\napiVersion: dapr.io/v1alpha1\nkind: Subscription\nmetadata: {name: s1}\nspec: {pubsubname: bus, topic: u, route: /older}\n`;
    const [one, other] = [
      await start([], { id: 'one', yaml: broker + declared + v1 }),
      await start([], { id: 'other', yaml: broker + declared + v1 }),
    ];
    await publish(one.url, 't', '{}');
    await publish(one.url, 'u', '{}');
    await vi.waitFor(
      () =>
        expect([posted(one.app, '/declared'), posted(one.app, '/older'), posted(other.app, '/older')].map(({ length }) => length)).toEqual([
          1, 1, 1,
        ]),
      patience,
    );
    expect(posted(other.app, '/declared')).toEqual([]);
  });

  it('hands out in bulk, and takes a word for each', async () => {
    const bulkSubscribe = { enabled: true, maxMessagesCount: 10, maxAwaitDurationMs: 200 };
    const seenTwice = new Map<unknown, number>();
    const { app, url } = await start([{ pubsubname: 'bus', topic: 't', bulkSubscribe }], {
      handle: ({ body }) => {
        const { entries } = JSON.parse(body) as { entries: { entryId: string; event: Event }[] };
        return {
          body: {
            statuses: entries.map(({ entryId, event }) => {
              seenTwice.set(event.data, (seenTwice.get(event.data) ?? 0) + 1);
              return { entryId, status: event.data === 2 && seenTwice.get(2) === 1 ? 'RETRY' : 'SUCCESS' };
            }),
          },
        };
      },
    });
    const entries = [1, 2, 3].map((event) => ({ entryId: String(event), event, contentType: 'application/json' }));
    const response = await fetch(`${url}/v1.0-alpha1/publish/bulk/bus/t`, { method: 'POST', body: JSON.stringify(entries) });
    expect(response.status).toBe(204);
    await vi.waitFor(() => expect(Object.fromEntries(seenTwice)).toEqual({ 1: 1, 2: 2, 3: 1 }), patience);
    expect(posted(app, '/t')[0]).toMatchObject({ pubsubname: 'bus', topic: 't', type: 'com.dapr.event.sent.bulk' });
  });

  it.each([
    [
      'the same entry twice',
      [
        { entryId: 'a', event: 1 },
        { entryId: 'a', event: 2 },
      ],
      400,
    ],
    ['an entry without an id', [{ event: 1 }], 400],
    ['no list', {}, 400],
    ['nothing at all', [], 204],
  ])('answers a bulk of %s', async (_what, body, status) => {
    const { url } = await start([]);
    expect((await fetch(`${url}/v1.0/publish/bulk/bus/t`, { method: 'POST', body: JSON.stringify(body) })).status).toBe(status);
  });

  it('keeps apps to the topics of their scopes', async () => {
    const yaml = component('bus', 'pubsub.in-memory', {
      publishingScopes: 'consumer=allowed',
      allowedTopics: 'allowed,other',
      subscriptionScopes: 'consumer=allowed',
    });
    const { app, url } = await start(
      [
        { pubsubname: 'bus', topic: 'other' },
        { pubsubname: 'bus', topic: 'allowed' },
      ],
      { yaml },
    );
    expect(await publish(url, 'other', '{}')).toBe(403);
    expect(await publish(url, 'never', '{}')).toBe(403);
    expect(await publish(url, 'allowed', '{}')).toBe(204);
    await vi.waitFor(() => expect(posted(app, '/allowed')).toHaveLength(1), patience);
    expect(runtime.events.map(({ fields }) => fields?.['why'])).toContainEqual(expect.stringMatching(/may not subscribe to topic "other"/));
  });

  it('says which part of a publication is missing', async () => {
    const { url } = await start([]);
    const codes = await Promise.all(
      ['/v1.0/publish/none/t', '/v1.0/publish/bus/', '/v1.0/publish/bus', '/v1.0/publish'].map(async (path) => {
        const response = await fetch(url + path, { method: 'POST', body: '{}' });
        return [response.status, ((await response.json()) as { errorCode: string }).errorCode];
      }),
    );
    expect(codes).toEqual([
      [404, 'ERR_PUBSUB_NOT_FOUND'],
      [404, 'ERR_TOPIC_NAME_EMPTY'],
      [404, 'ERR_TOPIC_NAME_EMPTY'],
      [404, 'ERR_PUBSUB_EMPTY'],
    ]);
  });

  it('goes on with the other subscriptions when one cannot be had', async () => {
    const { app, url } = await start([
      { pubsubname: 'absent', topic: 't' },
      { pubsubname: 'bus', topic: 't' },
    ]);
    await publish(url, 't', '{}');
    await vi.waitFor(() => expect(posted(app, '/t')).toHaveLength(1), patience);
  });

  it('refuses a rule that is no CEL with the place where it stands, and lives on', async () => {
    const { url } = await start([{ pubsubname: 'bus', topic: 't', routes: { rules: [{ match: 'event.type ==', path: '/x' }] } }]);
    expect(runtime.events.map(({ fields }) => fields?.['why'])).toEqual([expect.stringMatching(/rule 0.*CEL/)]);
    expect((await fetch(`${url}/v1.0/healthz`)).status).toBe(204);
  });

  it('shows the app its own token, so that it knows its runtime', async () => {
    const { app, url } = await start([{ pubsubname: 'bus', topic: 't' }], { token: 'app-token' });
    await publish(url, 't', '{}');
    await vi.waitFor(() => expect(posted(app, '/t')).toHaveLength(1), patience);
    expect(new Set(app.seen.map(({ headers }) => headers['dapr-api-token']))).toEqual(new Set(['app-token']));
  });
});
