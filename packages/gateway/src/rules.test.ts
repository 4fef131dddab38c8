import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Filters } from './route/filters.ts';
import type { RouteEntry } from './route/route.ts';
import { get, GatewayWorld, ok, route } from './testing/gateway-world.ts';

let world: GatewayWorld;
beforeEach(async () => {
  world = new GatewayWorld();
  await world.start();
});
afterEach(() => world.close());

const plain: Filters = { rewriteHost: '', mirrors: [] };
function ruled(more: Partial<RouteEntry>): void {
  world.gateway.routes.upsert({ ...route, entries: [{ ...route.entries[0]!, ...more }] });
}

it('sends the caller elsewhere without asking for an instance', async () => {
  ruled({ filters: { ...plain, redirect: { scheme: 'https', host: 'new.test', port: 0, status: 308 } } });
  const answer = await world.send(get());
  expect(answer).toMatch(/^HTTP\/1.1 308 Permanent Redirect\r\nlocation: https:\/\/new.test\/a\?b=1\r\ncontent-length: 0\r\n/);
  expect(world.hand.demands).toEqual([]);
});

it('shows the function another path, host and headers, and the caller other headers', async () => {
  ruled({
    path: { type: 'prefix', value: '/a' },
    filters: {
      ...plain,
      rewriteHost: 'inner.test',
      rewritePath: { isPrefix: true, value: '/v2' },
      requestHeaders: { set: [{ name: 'x-team', value: 'blue' }], add: [], remove: ['x-secret'] },
      responseHeaders: { set: [], add: [{ name: 'x-served', value: 'yes' }], remove: ['server'] },
    },
  });
  const record = await world.answering('i', 'HTTP/1.1 200 OK\r\nServer: x\r\ncontent-length: 2\r\n\r\nok');
  const answer = await world.send(get('X-Secret: 1\r\nX-Team: red\r\n'));
  expect(record.seen).toMatch(/^GET \/v2\?b=1 HTTP\/1.1\r\nhost: inner.test\r\n/);
  expect(record.seen).toContain('x-team: blue\r\n');
  expect(record.seen).toContain('x-forwarded-host: f.test\r\n');
  expect(record.seen).not.toMatch(/x-secret|red/i);
  expect(answer).toContain('x-served: yes\r\n');
  expect(answer).not.toMatch(/server:/i);
});

it.each([
  ['with a length', 'Content-Length: 5\r\n', 'hello'],
  ['in chunks', 'Transfer-Encoding: chunked\r\n', '2;x=y\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n'],
])('copies a request %s to a second function, whose answer is dropped', async (_how, header, body) => {
  const copy = { seen: '' };
  const second = await world.upstream('second', (socket, data) => {
    copy.seen += data;
    socket.end('HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n');
  });
  world.gateway.routes.upsert({ ...route, id: 'default/g', serving: 'default/g-1', entries: [] });
  world.hand.give({ ...world.grant(second), serving: 'default/g-1' });
  ruled({ filters: { ...plain, mirrors: [{ route: 'default/g', share: 1 }] } });
  await world.answering('i', ok, (seen) => /hello$|\r\n0\r\n\r\n$/.test(seen));
  const answer = await world.send(`POST /a HTTP/1.1\r\nHost: f.test\r\nConnection: close\r\n${header}\r\n${body}`);
  expect(answer).toContain(' 200 OK');
  await world.until(() => copy.seen.endsWith('hello'));
  expect(copy.seen).toMatch(/^POST \/a HTTP\/1.1\r\nhost: f.test\r\n/);
  expect(copy.seen).toContain('content-length: 5\r\nconnection: close\r\n\r\nhello');
});

it('answers the caller whether or not a copy can be had', async () => {
  ruled({ filters: { ...plain, mirrors: [{ route: 'default/none', share: 1 }] } });
  await world.answering('i', ok);
  expect(await world.send(get())).toContain(' 200 OK');
  expect(world.gateway.metrics()).toContain('openfunction_gateway_mirrors_dropped_total 1\n');
});

it('keeps no more of a copy than a megabyte', async () => {
  world.gateway.routes.upsert({ ...route, id: 'default/g', serving: 'default/g-1', entries: [] });
  ruled({ filters: { ...plain, mirrors: [{ route: 'default/g', share: 1 }] } });
  const size = 2_000_000;
  await world.answering('i', ok, (seen) => seen.length > size);
  const answer = await world.send(
    `POST /a HTTP/1.1\r\nHost: f.test\r\nConnection: close\r\nContent-Length: ${size}\r\n\r\n${'x'.repeat(size)}`,
  );
  expect(answer).toContain(' 200 OK');
  expect(world.gateway.metrics()).toContain('openfunction_gateway_mirrors_dropped_total 1\n');
});

it('gives a rule its own time, also for the wait for an instance', async () => {
  ruled({ timeouts: { headerMs: 0, idleMs: 0, totalMs: 1000, backendMs: 0 } });
  const answer = world.send(get());
  await world.until(() => world.hand.demands.length > 0);
  world.pass(1500);
  expect(await answer).toContain(' 504 ');
  expect(world.gateway.metrics()).toContain('openfunction_gateway_requests_waiting 0\n');
});

it('counts the time of the function alone where the rule says so', async () => {
  ruled({ timeouts: { headerMs: 0, idleMs: 0, totalMs: 0, backendMs: 1000 } });
  const answer = world.send(get());
  await world.until(() => world.hand.demands.length > 0);
  world.pass(5000);
  const record = { seen: '' };
  world.hand.give(world.grant(await world.upstream('slow', (_socket, data) => void (record.seen += data))));
  await world.until(() => record.seen !== '');
  world.pass(500);
  world.pass(1500);
  expect(await answer).toContain(' 504 ');
});
