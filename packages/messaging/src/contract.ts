import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { AppComponent, MessageApp, MessageBus, OpenApp, SourceTroubles } from './message-bus.ts';
import { MessagingError } from './messaging-error.ts';

export interface MessageBusUnderTest {
  bus: MessageBus;
  /** Base of the URLs at which apps find the API of the building blocks. */
  apiUrl: string;
  /** Components of the driver, each by the name that the suite gives it. */
  pubsub(name: string): AppComponent;
  state(name: string): AppComponent;
  /** An input binding whose events come by themselves, at least once in two seconds. */
  input(name: string): AppComponent;
  /** A binding that no events come from. */
  output(name: string): AppComponent;
  /** A component whose manifest is wrong, and one whose server is away. */
  invalid(name: string): AppComponent;
  unavailable(name: string): AppComponent;
  close(): Promise<void>;
}

/** A message as a function gets it. */
interface Brought {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

type Answer = number | { status: number; body?: string };

const patience = { timeout: 15_000, interval: 20 };
/** So long nothing is to come. */
const quietMs = 500;

/**
 * What every driver of the message bus promises. Functions are reached at one address, as through a gateway: `make` gets its port,
 * and which function is meant is told by the authority of the request.
 */
export function messageBusContract(make: (at: { port: number }) => Promise<MessageBusUnderTest>): void {
  let subject: MessageBusUnderTest;
  let functions: Server;
  let brought: Brought[];
  let answer: (message: Brought) => Answer | Promise<Answer>;
  let opened: OpenApp[];
  let number = 0;

  beforeEach(async () => {
    brought = [];
    opened = [];
    answer = () => 200;
    functions = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { method = '', url = '', headers } = request;
        const message = { method, path: url, headers, body: Buffer.concat(chunks).toString() };
        brought.push(message);
        void Promise.resolve(answer(message)).then((said) => {
          const { status, body = '' } = typeof said === 'number' ? { status: said } : said;
          response.writeHead(status, { 'content-type': 'application/json' }).end(body);
        });
      });
    });
    await new Promise<void>((resolve) => functions.listen(0, '127.0.0.1', resolve));
    subject = await make({ port: (functions.address() as AddressInfo).port });
  });
  afterEach(async () => {
    await Promise.all(opened.map((app) => app.close(AbortSignal.timeout(2_000))));
    await subject.close();
    functions.closeAllConnections();
    await new Promise((resolve) => functions.close(resolve));
  });

  /** An app of a topic, under a name of its own. */
  function appOf(given: Partial<MessageApp> = {}): MessageApp {
    number += 1;
    const name = `f${number}`;
    return {
      id: `${name}-shop`,
      namespace: 'shop',
      authority: `${name}.shop.svc.cluster.local`,
      apiToken: `api of ${name}`,
      appToken: `app of ${name}`,
      components: [subject.pubsub(`bus-${name}`)],
      topics: [{ component: `bus-${name}`, topic: 'orders', route: '/bus/orders' }],
      inputs: [],
      maxInFlight: 8,
      timeoutMs: 10_000,
      delivers: true,
      ...given,
    };
  }
  async function open(app: MessageApp, told: SourceTroubles = () => {}): Promise<OpenApp> {
    const one = await subject.bus.open(app, told);
    opened.push(one);
    return one;
  }
  /** Opens, and waits until the sources are there. */
  async function listening(app: MessageApp): Promise<OpenApp> {
    const one = await open(app);
    await vi.waitFor(() => expect(one.sources().length).toBe(app.topics.length + app.inputs.length), patience);
    return one;
  }
  const call = (path: string, token: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`${subject.apiUrl}${path}`, { ...init, headers: { 'dapr-api-token': token, 'content-type': 'application/json' } });
  async function publish({ apiToken, components, topics }: MessageApp, data: unknown): Promise<void> {
    const path = `/v1.0/publish/${components[0]?.name}/${topics[0]?.topic ?? 'orders'}`;
    const { status } = await call(path, apiToken, { method: 'POST', body: JSON.stringify(data) });
    expect(status).toBe(204);
  }
  const dataOf = ({ body }: Brought): unknown => (JSON.parse(body) as { data: unknown }).data;
  const quiet = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, quietMs));

  it('brings what is published to a topic to the path of its app, by its name and with its token', async () => {
    const app = appOf();
    await listening(app);
    await publish(app, { total: 3 });
    await vi.waitFor(() => expect(brought.length).toBe(1), patience);
    expect(brought[0]).toMatchObject({
      method: 'POST',
      path: '/bus/orders',
      headers: { host: app.authority, 'dapr-api-token': app.appToken },
    });
    expect(dataOf(brought[0]!)).toEqual({ total: 3 });
  });

  it('brings the events of an input to its name, and asks the app for nothing', async () => {
    const app = appOf({ components: [subject.input('tick')], topics: [], inputs: ['tick'] });
    const one = await listening(app);
    expect(one.sources().map(({ name }) => name)).toEqual(['tick']);
    await vi.waitFor(() => expect(brought.length).toBeGreaterThan(0), patience);
    for (const { method, path, headers } of brought)
      expect([method, path, headers.host, headers['dapr-api-token']]).toEqual(['POST', '/tick', app.authority, app.appToken]);
  });

  it('takes a message from its source after the app has answered, and never more at once than the app takes', async () => {
    const app = appOf({ maxInFlight: 1 });
    const held = Promise.withResolvers<Answer>();
    answer = () => held.promise;
    const one = await listening(app);
    await publish(app, 1);
    await publish(app, 2);
    await vi.waitFor(() => expect(brought.length).toBe(1), patience);
    await quiet();
    expect(brought.length).toBe(1);
    expect(await one.sources()[0]?.backlog?.(AbortSignal.timeout(5_000))).toBe(2);
    held.resolve(200);
    await vi.waitFor(() => expect(brought.length).toBe(2), patience);
    await vi.waitFor(async () => expect(await one.sources()[0]?.backlog?.(AbortSignal.timeout(5_000))).toBe(0), patience);
  });

  it('brings a message again that was not handled: after an error, and after too long', async () => {
    const app = appOf({ timeoutMs: 300 });
    await listening(app);
    const never = new Promise<Answer>(() => {});
    const answers = [500, never, 200];
    answer = () => answers[brought.length - 1] ?? 200;
    await publish(app, 'again');
    await vi.waitFor(() => expect(brought.length).toBe(3), patience);
    expect(new Set(brought.map(({ body }) => (JSON.parse(body) as { id: string }).id)).size).toBe(1);
    await quiet();
    expect(brought.length).toBe(3);
  });

  it('loses nothing to a gateway that does not know the app yet', async () => {
    const app = appOf();
    await listening(app);
    answer = () => (brought.length > 1 ? 200 : { status: 404, body: '{"code":"NoRoute","message":"…","requestId":"r"}' });
    await publish(app, 'early');
    await vi.waitFor(() => expect(brought.map(dataOf)).toEqual(['early', 'early']), patience);
  });

  it('brings nothing while a source is paused, and what came meanwhile afterwards', async () => {
    const app = appOf();
    const [source] = (await listening(app)).sources();
    source?.pause();
    await publish(app, 'later');
    await quiet();
    expect(brought).toEqual([]);
    expect(await source?.backlog?.(AbortSignal.timeout(5_000))).toBe(1);
    source?.resume();
    await vi.waitFor(() => expect(brought.map(dataOf)).toEqual(['later']), patience);
  });

  it('serves the API to who shows the token of an app, and to nobody else', async () => {
    const app = appOf({ components: [subject.state('store')], topics: [] });
    await open(app);
    const path = '/v1.0/state/store';
    const body = JSON.stringify([{ key: 'k', value: 'v' }]);
    expect((await call(path, app.apiToken, { method: 'POST', body })).status).toBe(204);
    expect(await (await call(`${path}/k`, app.apiToken)).json()).toBe('v');
    for (const token of ['', 'another', app.appToken]) expect((await call(`${path}/k`, token)).status).toBe(401);
  });

  it('shows no app the components of another', async () => {
    const mine = appOf({ components: [subject.state('mine')], topics: [] });
    const theirs = appOf({ components: [subject.state('theirs')], topics: [] });
    await open(mine);
    await open(theirs);
    const [yes, no] = [await call('/v1.0/state/mine/k', mine.apiToken), await call('/v1.0/state/theirs/k', mine.apiToken)];
    expect([yes.status, no.status]).toEqual([204, 400]);
    const { components } = (await (await call('/v1.0/metadata', mine.apiToken)).json()) as { components: { name: string }[] };
    expect(components.map(({ name }) => name)).toEqual(['mine']);
  });

  it('brings each app what is meant for it', async () => {
    const [first, second] = [appOf(), appOf()];
    await listening(first);
    await listening(second);
    await publish(first, 'first');
    await publish(second, 'second');
    await vi.waitFor(() => expect(brought.length).toBe(2), patience);
    const got = brought.map((message) => [message.headers.host, dataOf(message)]).toSorted();
    expect(got).toEqual([
      [first.authority, 'first'],
      [second.authority, 'second'],
    ]);
  });

  it('brings nothing to an app that gets its messages elsewhere, and serves it the API all the same', async () => {
    const app = appOf({ delivers: false });
    const input = subject.input('tick');
    const one = await open({ ...app, components: [...app.components, input], inputs: ['tick'] });
    await publish(app, 'not here');
    await quiet();
    expect([brought, one.sources()]).toEqual([[], []]);
  });

  it('rejects with the code of what is in the way, and leaves nothing open', async () => {
    const app = appOf();
    const wrong = { ...app, components: [...app.components, subject.invalid('wrong')] };
    const away = { ...app, components: [...app.components, subject.unavailable('away')] };
    const refusal = async (of: MessageApp): Promise<unknown> => open(of).catch((error: unknown) => error);
    for (const [of, code] of [
      [wrong, 'ComponentInvalid'],
      [away, 'ComponentUnavailable'],
    ] as const) {
      const error = await refusal(of);
      expect(error).toBeInstanceOf(MessagingError);
      expect(error).toMatchObject({ code, message: expect.stringContaining(of.components[1]!.name) as unknown });
      expect((await call('/v1.0/metadata', app.apiToken)).status).toBe(401);
    }
    await listening(app);
  });

  it('goes on without a component that may be left out', async () => {
    const app = appOf();
    await listening({ ...app, components: [...app.components, { ...subject.invalid('wrong'), ignoreErrors: true }] });
    await publish(app, 'x');
    await vi.waitFor(() => expect(brought.length).toBe(1), patience);
  });

  it('tells of a source that cannot be had, while the others bring their messages', async () => {
    const app = appOf();
    const troubles: [string, string | undefined][] = [];
    const told: SourceTroubles = (source, trouble) => troubles.push([source, trouble?.code]);
    await open({ ...app, topics: [...app.topics, { component: 'gone', topic: 't', route: '/gone/t' }] }, told);
    await vi.waitFor(() => expect(troubles).toContainEqual(['gone/t', 'ComponentNotFound']), patience);
    await vi.waitFor(() => expect(troubles).toContainEqual([`${app.components[0]?.name}/orders`, undefined]), patience);
    await publish(app, 'x');
    await vi.waitFor(() => expect(brought.length).toBe(1), patience);
  });

  it('tells of an input that no events come from', async () => {
    const app = appOf({ components: [subject.output('out'), subject.input('tick')], topics: [], inputs: ['out', 'tick'] });
    const troubles = new Map<string, string | undefined>();
    await open(app, (source, trouble) => troubles.set(source, trouble?.code));
    await vi.waitFor(() => expect(brought.map(({ path }) => path)).toContain('/tick'), patience);
    expect([...troubles].toSorted()).toEqual([
      ['out', 'ComponentInvalid'],
      ['tick', undefined],
    ]);
  });

  it('waits at its end for what is under way, and brings nothing further', async () => {
    const app = appOf({ maxInFlight: 1 });
    const held = Promise.withResolvers<Answer>();
    answer = () => held.promise;
    const one = await listening(app);
    await publish(app, 1);
    await publish(app, 2);
    await vi.waitFor(() => expect(brought.length).toBe(1), patience);
    let isClosed = false;
    const closed = one.close().then(() => (isClosed = true));
    await quiet();
    expect(isClosed).toBe(false);
    held.resolve(200);
    await closed;
    await quiet();
    expect(brought.length).toBe(1);
    expect((await call('/v1.0/metadata', app.apiToken)).status).toBe(401);
  });

  it('serves the API to what is under way, until that has ended', async () => {
    const app = appOf();
    const state = subject.state('store');
    const withState = { ...app, components: [...app.components, state] };
    const begun = Promise.withResolvers<void>();
    const statuses: number[] = [];
    answer = async () => {
      await begun.promise;
      const body = JSON.stringify([{ key: 'k', value: 1 }]);
      statuses.push((await call('/v1.0/state/store', app.apiToken, { method: 'POST', body })).status);
      return 200;
    };
    const one = await listening(withState);
    await publish(app, 1);
    await vi.waitFor(() => expect(brought.length).toBe(1), patience);
    const closed = one.close();
    begun.resolve();
    await closed;
    expect(statuses).toEqual([204]);
  });

  it('ends at the signal, whatever is under way, and can be opened again', async () => {
    const app = appOf();
    answer = () => new Promise(() => {});
    const one = await listening(app);
    await publish(app, 1);
    await vi.waitFor(() => expect(brought.length).toBe(1), patience);
    await one.close(AbortSignal.timeout(50));
    answer = () => 200;
    await listening(app);
    await publish(app, 2);
    await vi.waitFor(() => expect(brought.map(dataOf)).toContain(2), patience);
  });
}
