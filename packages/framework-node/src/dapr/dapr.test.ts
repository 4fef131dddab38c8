import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { readContextDocument } from '../context/context-document.ts';
import { FunctionContext } from '../context/function-context.ts';
import type { FunctionRequest } from '../request.ts';
import type { FunctionResponse } from '../response.ts';
import { daprCaller } from './call-dapr.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

interface Called {
  call: string;
  type?: string;
  token?: string | string[];
  body: string;
}

/** What Dapr's HTTP API is asked, and an answer for each. */
async function runtime(answer: (called: Called) => { status: number; body?: string }): Promise<{ port: number; called: Called[] }> {
  const called: Called[] = [];
  const server = createServer((req: IncomingMessage, res) => {
    let body = '';
    req.on('data', (chunk: Buffer) => (body += chunk.toString()));
    req.on('end', () => {
      const one = { call: `${req.method} ${req.url}`, type: req.headers['content-type'], token: req.headers['dapr-api-token'], body };
      called.push(one);
      const { status, body: said } = answer(one);
      res.writeHead(status).end(said);
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  ends.push(() => (server.close(), server.closeAllConnections()));
  return { port: (server.address() as AddressInfo).port, called };
}

const document = readContextDocument({
  FUNC_CONTEXT: JSON.stringify({
    outputs: {
      orders: { uri: 'new orders', componentName: 'f-pubsub-o-x', componentType: 'pubsub.kafka', metadata: { partitionKey: 'a b' } },
      mail: { componentName: 'f-bindings-m-x', componentType: 'bindings.smtp', operation: 'post', metadata: { to: 'x' } },
    },
    states: { redis: { componentName: 'f-state-r-x', componentType: 'state.redis' }, other: { componentName: 'f-state-o-x' } },
  }),
});

function context(port: number, env: Record<string, string> = {}): FunctionContext {
  const { signal } = new AbortController();
  const dapr = daprCaller({ DAPR_HTTP_PORT: String(port), ...env });
  return new FunctionContext({ signal } as FunctionRequest, {} as FunctionResponse, { document, dapr });
}

test('an output is published to or invoked by the names of its component, with the runtime’s token', async () => {
  const { port, called } = await runtime(() => ({ status: 204 }));
  const ctx = context(port, { DAPR_API_TOKEN: 'secret' });
  await ctx.send({ n: 1 }, 'orders');
  await ctx.send('text', 'orders');
  await ctx.send(Buffer.from([1, 255]), 'mail');
  expect(called).toEqual([
    {
      call: 'POST /v1.0/publish/f-pubsub-o-x/new%20orders?metadata.partitionKey=a+b',
      type: 'application/json',
      token: 'secret',
      body: '{"n":1}',
    },
    { call: 'POST /v1.0/publish/f-pubsub-o-x/new%20orders?metadata.partitionKey=a+b', type: 'text/plain', token: 'secret', body: 'text' },
    {
      call: 'POST /v1.0/bindings/f-bindings-m-x',
      type: 'application/json',
      token: 'secret',
      body: '{"data":"Af8=","operation":"post","metadata":{"to":"x"}}',
    },
  ]);
});

test('without a name all outputs get it, and one that did not take it fails the call', async () => {
  const { port, called } = await runtime(({ call }) =>
    call.includes('bindings') ? { status: 500, body: '{"errorCode":"ERR_INVOKE_OUTPUT_BINDING","message":"no mail"}' } : { status: 204 },
  );
  await expect(context(port).send('x')).rejects.toMatchObject({
    code: 'OutputFailed',
    message: 'Sending to "mail" failed: the Dapr runtime answered 500, ERR_INVOKE_OUTPUT_BINDING: no mail',
  });
  expect(called).toHaveLength(2);
});

test('what a binding answers is the result of the send', async () => {
  const { port } = await runtime(() => ({ status: 200, body: '{"sent":true}' }));
  expect(await context(port).send('x', 'mail')).toEqual({ sent: true });
});

test('an output or a store that is not there is named beside those that are', async () => {
  const ctx = context(1);
  await expect(ctx.send('x', 'fax')).rejects.toMatchObject({
    code: 'OutputNotFound',
    message: expect.stringContaining('"orders", "mail"'),
  });
  await expect(ctx.state.get({ key: 'a' }, 'sql')).rejects.toMatchObject({
    code: 'StateNotFound',
    message: 'ctx.state failed: the function has "redis", "other", and not "sql". Name one of serving.states in the Function.',
  });
});

test('a runtime that is not there is said with its address', async () => {
  const { port } = await runtime(() => ({ status: 204 }));
  for (const end of ends.splice(0)) end();
  await expect(context(port).send('x', 'mail')).rejects.toMatchObject({
    code: 'DaprUnreachable',
    message: expect.stringContaining(`127.0.0.1:${port}`),
  });
  expect(() => daprCaller({ DAPR_HTTP_ENDPOINT: 'nowhere' })).toThrow(/DAPR_HTTP_ENDPOINT is no address/);
});

test('state goes to the store that is named, else to the first', async () => {
  const answers: Record<string, { status: number; body?: string }> = {
    'GET /v1.0/state/f-state-r-x/a%2Fb': { status: 200, body: '{"n":1}' },
    'GET /v1.0/state/f-state-o-x/plain': { status: 200, body: 'plain' },
    'POST /v1.0/state/f-state-r-x/bulk': { status: 200, body: '[{"key":"a","data":1}]' },
  };
  const { port, called } = await runtime(({ call }) => answers[call] ?? { status: 204 });
  const { state } = context(port);
  await state.save({ states: [{ key: 'a', value: 1, etag: '7' }] });
  expect(await state.get({ key: 'a/b' })).toEqual({ n: 1 });
  expect(await state.get({ key: 'plain' }, 'other')).toBe('plain');
  expect(await state.get({ key: 'none' })).toBeUndefined();
  expect(await state.getBulk({ keys: ['a'] })).toEqual([{ key: 'a', data: 1 }]);
  await state.delete({ key: 'a' });
  await state.transaction({ operations: [{ operation: 'delete', request: { key: 'a' } }] });
  await state.query({ query: { filter: {} } });
  expect(called.map(({ call, body }) => [call, body])).toEqual([
    ['POST /v1.0/state/f-state-r-x', '[{"key":"a","value":1,"etag":"7"}]'],
    ['GET /v1.0/state/f-state-r-x/a%2Fb', ''],
    ['GET /v1.0/state/f-state-o-x/plain', ''],
    ['GET /v1.0/state/f-state-r-x/none', ''],
    ['POST /v1.0/state/f-state-r-x/bulk', '{"keys":["a"],"parallelism":10}'],
    ['DELETE /v1.0/state/f-state-r-x/a', ''],
    ['POST /v1.0/state/f-state-r-x/transaction', '{"operations":[{"operation":"delete","request":{"key":"a"}}]}'],
    ['POST /v1.0-alpha1/state/f-state-r-x/query', '{"filter":{}}'],
  ]);
});

test('a store that refuses is an error with Dapr’s words', async () => {
  const { port } = await runtime(() => ({ status: 409, body: '{"errorCode":"ERR_STATE_SAVE","message":"possible etag mismatch"}' }));
  await expect(context(port).state.save({ states: [{ key: 'a', value: 1 }] })).rejects.toMatchObject({
    code: 'StateFailed',
    message: 'Saving state in "redis" failed: the Dapr runtime answered 409, ERR_STATE_SAVE: possible etag mismatch',
  });
});
