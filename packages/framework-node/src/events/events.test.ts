import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import type { ContextDocument } from '../context/context-document.ts';
import { readContextDocument } from '../context/context-document.ts';
import { functionServer } from '../function-server.ts';
import type { Registered } from '../registry.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
  vi.unstubAllEnvs();
});

const dapr = [
  { name: 'f-bindings-q-x', type: 'bindings.kafka', inputName: 'queue' },
  { name: 'f-pubsub-t-x', type: 'pubsub.redis', topic: 'orders/new', inputName: 'orders' },
];

function context(triggers: object): ContextDocument {
  return readContextDocument({ FUNC_CONTEXT_V1BETA2: JSON.stringify({ name: 'f', triggers }) });
}

async function serve(target: Registered, triggers: object = { dapr }): Promise<(path: string, init?: RequestInit) => Promise<Response>> {
  const { server } = functionServer({ target, document: context(triggers), log: () => undefined });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  ends.push(() => (server.close(), server.closeAllConnections()));
  const { port } = server.address() as AddressInfo;
  return (path, init) => fetch(`http://127.0.0.1:${port}${path}`, init);
}

const open = (fn: (Registered & { signature: 'openfunction' })['fn']): Registered => ({ name: 'f', signature: 'openfunction', fn });
const order = { id: '1', source: '/shop', type: 'order', specversion: '1.0', topic: 'orders/new', data: { total: 3 } };
const event = (body: object): RequestInit => ({
  method: 'POST',
  body: JSON.stringify(body),
  headers: { 'content-type': 'application/cloudevents+json' },
});
const topicPath = '/f-pubsub-t-x/orders~2Fnew';

test('a runtime is told of the topics, and that a binding is listened to', async () => {
  const ask = await serve(open(() => undefined));
  expect(await (await ask('/dapr/subscribe')).json()).toEqual([{ pubsubname: 'f-pubsub-t-x', topic: 'orders/new', route: topicPath }]);
  expect((await ask('/f-bindings-q-x', { method: 'OPTIONS' })).status).toBe(200);
  expect((await ask('/other', { method: 'OPTIONS' })).status).toBe(404);
  expect((await ask('/dapr/config')).status).toBe(404);
});

test('a message of a binding comes with its data and metadata, and what the function returns is not sent on', async () => {
  const seen: unknown[] = [];
  const ask = await serve(open((ctx, data) => seen.push([data, ctx.event?.input, ctx.event?.metadata['key']])));
  const answer = await ask('/f-bindings-q-x', {
    method: 'POST',
    body: '{"n":1}',
    headers: { 'content-type': 'application/json', key: 'k7' },
  });
  expect([answer.status, await answer.text()]).toEqual([200, '']);
  expect(seen).toEqual([[{ n: 1 }, 'queue', 'k7']]);
});

test('an event of a topic comes as the data that was published, with the event beside it', async () => {
  const seen: unknown[] = [];
  const ask = await serve(open((ctx, data) => void seen.push([data, ctx.event?.topic, ctx.event?.cloudEvent?.source])));
  expect((await ask(topicPath, event(order))).status).toBe(200);
  await ask(topicPath, event({ ...order, data: undefined, data_base64: Buffer.from('raw').toString('base64') }));
  await ask(topicPath, { method: 'POST', body: 'no event', headers: { 'content-type': 'text/plain' } });
  expect(seen).toEqual([
    [{ total: 3 }, 'orders/new', '/shop'],
    [Buffer.from('raw'), 'orders/new', '/shop'],
    ['no event', 'orders/new', undefined],
  ]);
});

test('what was thrown is a failure to the runtime, and a returned status decides of a topic', async () => {
  const ask = await serve(
    open((_ctx, data) => {
      if (data === 'bad') throw new Error('bad');
      return data;
    }),
  );
  expect((await ask(topicPath, event({ ...order, data: 'bad' }))).status).toBe(500);
  for (const status of ['SUCCESS', 'RETRY', 'DROP'])
    expect(await (await ask(topicPath, event({ ...order, data: { status, more: 1 } }))).json()).toEqual({ status });
  expect(await (await ask(topicPath, event({ ...order, data: { status: 'OTHER' } }))).text()).toBe('');
});

test('functions of the other signatures get messages too', async () => {
  const events: unknown[] = [];
  const asEvent = await serve({ name: 'f', signature: 'cloudevent', fn: (one) => void events.push(one.data) });
  expect((await asEvent(topicPath, event(order))).status).toBe(200);
  expect(events).toEqual([{ total: 3 }]);
  const asHttp = await serve({ name: 'f', signature: 'http', fn: (req, res) => res.status(201).json(req.body) });
  expect((await asHttp('/f-bindings-q-x', { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } })).status).toBe(
    201,
  );
});

test('a function with messages alone answers nothing else, and one with both is called by HTTP too', async () => {
  const alone = await serve(open(() => 'called'));
  expect([(await alone('/')).status, await (await alone('/')).json()]).toMatchObject([404, { code: 'RouteNotFound' }]);
  const both = await serve(
    open((ctx) => (ctx.event === undefined ? 'by HTTP' : undefined)),
    { dapr, http: { port: 8080 } },
  );
  expect(await (await both('/')).text()).toBe('by HTTP');
  expect((await both('/f-bindings-q-x', { method: 'POST' })).status).toBe(200);
});

test('where the runtime has a token, nobody else brings events, and the function does not see it', async () => {
  vi.stubEnv('APP_API_TOKEN', 'secret');
  const seen: unknown[] = [];
  const ask = await serve(open((ctx) => void seen.push(ctx.event?.metadata['dapr-api-token'])));
  for (const token of ['wrong!', 'secret2', ''])
    expect((await ask('/f-bindings-q-x', { method: 'POST', headers: { 'dapr-api-token': token } })).status).toBe(401);
  expect((await ask('/f-bindings-q-x', { method: 'POST' })).status).toBe(401);
  expect((await ask('/f-bindings-q-x', { method: 'POST', headers: { 'dapr-api-token': 'secret' } })).status).toBe(200);
  expect(seen).toEqual([undefined]);
});
