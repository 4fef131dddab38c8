import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { KubeObject, ResourceKind } from '@openfunction/resources/nouns';
import { expect, onTestFinished, test } from 'vitest';
import { createClient, type Client } from './client.ts';

const kind: ResourceKind = {
  group: 'core.openfunction.io',
  version: 'v1beta2',
  kind: 'Function',
  plural: 'functions',
  namespaced: true,
  hasStatus: true,
};
const hello: KubeObject = {
  apiVersion: 'core.openfunction.io/v1beta2',
  kind: 'Function',
  metadata: { namespace: 'default', name: 'hello' },
};
const helloPath = '/apis/core.openfunction.io/v1beta2/namespaces/default/functions/hello';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

async function serving(answer: Answer): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function clientOf(answer: Answer): Promise<Client> {
  const client = createClient({ server: await serving(answer), token: 't' });
  onTestFinished(() => client.close());
  return client;
}

function status(code: number, reason: string, details = {}): string {
  return JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message: `it is ${reason}`, details });
}

test('applies on the server with its token and field manager', async () => {
  const client = await clientOf((request, response) =>
    response.end(
      JSON.stringify({ ...hello, spec: { url: request.url, type: request.headers['content-type'], by: request.headers.authorization } }),
    ),
  );
  const { spec } = await client.apply(kind, hello, { fieldManager: 'ofn', force: true });
  expect(spec).toEqual({
    url: `${helloPath}?fieldManager=ofn&force=true&fieldValidation=Strict`,
    type: 'application/apply-patch+yaml',
    by: 'Bearer t',
  });
});

test('reads what does not exist as undefined', async () => {
  const client = await clientOf((_request, response) => response.writeHead(404).end(status(404, 'NotFound')));
  expect(await client.get(kind, { namespace: 'default', name: 'hello' })).toBeUndefined();
  expect(await client.delete(kind, { namespace: 'default', name: 'hello' })).toBe(false);
});

test('says which field was refused', async () => {
  const cause = { field: 'spec.image', reason: 'FieldValueRequired', message: 'Required value' };
  const client = await clientOf((_request, response) => response.writeHead(422).end(status(422, 'Invalid', { causes: [cause] })));
  await expect(client.create(kind, hello)).rejects.toMatchObject({
    code: 'Invalid',
    status: 422,
    message: 'it is Invalid',
    causes: [cause],
  });
});

test('tells an existing object from a conflict', async () => {
  const client = await clientOf((_request, response) => response.writeHead(409).end(status(409, 'AlreadyExists')));
  await expect(client.create(kind, hello)).rejects.toMatchObject({ code: 'AlreadyExists' });
});

test('watches until the server says that the version is too old', async () => {
  const client = await clientOf((_request, response) => {
    response.write(`${JSON.stringify({ type: 'ADDED', object: hello })}\n`);
    response.end(`${JSON.stringify({ type: 'ERROR', object: JSON.parse(status(410, 'Expired')) })}\n`);
  });
  const events = client.watch(kind, { signal: new AbortController().signal })[Symbol.asyncIterator]();
  expect((await events.next()).value).toMatchObject({ type: 'ADDED' });
  await expect(events.next()).rejects.toMatchObject({ code: 'Expired' });
});

test('ends a watch quietly when it is aborted', async () => {
  const client = await clientOf((_request, response) => response.write(`${JSON.stringify({ type: 'ADDED', object: hello })}\n`));
  const stop = new AbortController();
  const seen: string[] = [];
  for await (const event of client.watch(kind, { signal: stop.signal })) {
    seen.push(event.type);
    stop.abort();
  }
  expect(seen).toEqual(['ADDED']);
});

test('says where nobody answers', async () => {
  const client = createClient({ server: 'https://127.0.0.1:1' });
  await expect(client.get(kind, { namespace: 'default', name: 'hello' })).rejects.toMatchObject({ code: 'Unreachable' });
});

test('asks its login for every request', async () => {
  const seen: unknown[] = [];
  const url = await serving((request, response) => {
    seen.push(request.headers.authorization);
    response.end(JSON.stringify(hello));
  });
  let logins = 0;
  const headers = async (): Promise<Record<string, string>> => ({ authorization: `Bearer ${++logins}` });
  const client = createClient({ server: url, headers });
  onTestFinished(() => client.close());
  await client.get(kind, { namespace: 'default', name: 'hello' });
  await client.get(kind, { namespace: 'default', name: 'hello' });
  expect(seen).toEqual(['Bearer 1', 'Bearer 2']);
});

test('gives the columns and rows that the server prints', async () => {
  const client = await clientOf((request, response) => {
    const columnDefinitions = [{ name: 'Name' }, { name: 'Image', priority: 1 }];
    const rows = [{ cells: ['hello', request.headers.accept], object: { metadata: { namespace: 'default' } } }];
    response.end(JSON.stringify({ kind: 'Table', columnDefinitions, rows }));
  });
  const { columns, rows } = await client.table(kind, { namespace: 'default' });
  expect(columns).toEqual([
    { name: 'Name', priority: 0 },
    { name: 'Image', priority: 1 },
  ]);
  expect(rows).toMatchObject([{ namespace: 'default', cells: ['hello', expect.stringContaining('as=Table')] }]);
});

test('watches rows as a server in Go prints them, which writes null for no columns', async () => {
  const client = await clientOf((request, response) => {
    const object = { kind: 'Table', columnDefinitions: null, rows: [{ cells: [request.headers.accept, request.url] }] };
    response.end(`${JSON.stringify({ type: 'MODIFIED', object })}\n`);
  });
  const seen: unknown[] = [];
  for await (const { rows } of client.watchTable(kind, { resourceVersion: '7', signal: new AbortController().signal }))
    seen.push(rows[0]?.cells);
  expect(seen).toEqual([[expect.stringContaining('as=Table'), expect.stringContaining('resourceVersion=7&watch=true')]]);
});

test('says which object is needed and missing', async () => {
  const client = await clientOf((_request, response) => response.writeHead(404).end(status(404, 'NotFound')));
  await expect(client.need(kind, { namespace: 'default', name: 'hello' })).rejects.toMatchObject({
    code: 'NotFound',
    message: 'There is no Function "hello" in the namespace "default".',
  });
});

test('does not send its token over the network in clear', () => {
  expect(() => createClient({ server: 'http://10.0.0.1', token: 't' })).toThrow('Use https');
});
