import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { reviews } from './review-listener.ts';

const older = { apiVersion: 'core.openfunction.io/v1beta1', kind: 'Function', metadata: { name: 'a', uid: 'u', managedFields: [] } };
const stored = { ...older, apiVersion: 'core.openfunction.io/v1beta2' };
const spec = { image: 'i', port: 8081, serving: { runtime: 'knative' } };
const storedSpec = { image: 'i', serving: { triggers: { http: { port: 8081 } } } };

let server: Server;
let logged: unknown[];
let metrics: () => string;
beforeEach(async () => {
  logged = [];
  const made = reviews((message, fields) => logged.push([message, fields]));
  metrics = made.metrics;
  server = createServer(made.listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(() => {
  server.close();
  server.closeAllConnections();
});

const address = (): number => (server.address() as AddressInfo).port;
async function post(body: string, path = '/convert'): Promise<{ status: number; text: string }> {
  const answer = await fetch(`http://127.0.0.1:${address()}${path}`, { method: 'POST', body });
  return { status: answer.status, text: await answer.text() };
}
async function convert(desiredAPIVersion: string, objects: unknown[]): Promise<unknown> {
  const review = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'ConversionReview', request: { uid: 'r1', desiredAPIVersion, objects } };
  const { status, text } = await post(JSON.stringify(review));
  expect(status).toBe(200);
  return (JSON.parse(text) as { response: unknown }).response;
}

it('converts in both directions, and leaves what has the version already', async () => {
  expect(await convert(stored.apiVersion, [{ ...older, spec }, stored])).toEqual({
    uid: 'r1',
    result: { status: 'Success' },
    convertedObjects: [{ ...stored, spec: storedSpec }, stored],
  });
  expect(await convert(older.apiVersion, [{ ...stored, spec: storedSpec }])).toMatchObject({ convertedObjects: [{ ...older, spec }] });
  expect(metrics()).toContain('openfunction_conversion_reviews_total{result="success"} 2');
});

it('fails what it does not know, and says so', async () => {
  const failed = { uid: 'r1', result: { status: 'Failed', message: expect.stringContaining('Function "a"') as unknown } };
  expect(await convert('core.openfunction.io/v9', [stored])).toEqual(failed);
  expect(await convert(stored.apiVersion, [{ ...older, kind: 'Gateway' }])).toMatchObject({ result: { status: 'Failed' } });
  const deep = JSON.parse(`${'{"a":'.repeat(3000)}1${'}'.repeat(3000)}`) as unknown;
  expect(await convert(older.apiVersion, [{ ...stored, spec: { serving: { tracing: deep } } }])).toEqual(failed);
  expect(logged).toHaveLength(3);
});

it.each(['', 'null', '{', '[]', '{"request":{}}', '{"apiVersion":"apiextensions.k8s.io/v1","kind":"ConversionReview"}'])(
  'refuses %j',
  async (body) => {
    expect((await post(body)).status).toBe(400);
  },
);

it('is nothing but this one path', async () => {
  expect((await post('{}', '/')).status).toBe(404);
  expect((await post('{}', '/convert/../x')).status).toBe(404);
  expect((await fetch(`http://127.0.0.1:${address()}/convert`)).status).toBe(404);
});

it('reads no more than 32 MiB at one time, and can be asked again afterwards', async () => {
  const socket = connect(address(), '127.0.0.1');
  socket.on('error', () => undefined);
  const answered = once(socket, 'data') as Promise<[Buffer]>;
  socket.write('POST /convert HTTP/1.1\r\nhost: a\r\ncontent-length: 99999999\r\n\r\n');
  const chunk = Buffer.alloc(1 << 20, 0x20);
  for (let sent = 0; sent < 34 && !socket.destroyed; sent += 1) socket.write(chunk);
  expect((await answered)[0].toString()).toContain('413 ');
  socket.destroy();
  expect(await convert(stored.apiVersion, [{ ...older, spec }])).toMatchObject({ result: { status: 'Success' } });
});

it('answers 2,000 objects at one time', async () => {
  const objects = Array.from({ length: 2000 }, (_each, index) => ({ ...older, metadata: { name: `a${index}` }, spec }));
  const answer = (await convert(stored.apiVersion, objects)) as { convertedObjects: unknown[] };
  expect(answer.convertedObjects).toHaveLength(2000);
});
