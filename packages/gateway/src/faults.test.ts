import type { Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { get, GatewayWorld, ok, route } from './testing/gateway-world.ts';

let world: GatewayWorld;
beforeEach(async () => {
  world = new GatewayWorld();
  await world.start({ limits: { connections: 3_000 } });
});
afterEach(() => world.close());

const metric = (name: string): number =>
  Number(new RegExp(`^openfunction_gateway_${name} (\\d+)$`, 'm').exec(world.gateway.metrics())?.[1]);

it.each([
  ['in the middle of its request', 'POST /a HTTP/1.1\r\nHost: f.test\r\nContent-Length: 10\r\n\r\nabc', ''],
  ['in the middle of its answer', get(), 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc'],
])('a client that goes away %s ends the connection to the instance, which is not used again', async (_when, sent, answer) => {
  const seen: Socket[] = [];
  let closed = 0;
  const path = await world.upstream('i', (socket, data) => {
    if (seen.includes(socket)) return;
    seen.push(socket);
    socket.on('close', () => closed++);
    if (data.startsWith('GET /next')) socket.write(ok);
    else socket.write(answer);
  });
  world.hand.give(world.grant(path));
  const client = world.connect();
  client.write(sent);
  await world.until(() => seen.length === 1);
  if (answer !== '') await new Promise((done) => client.once('data', done));
  client.destroy();
  await world.until(() => closed === 1);
  expect(await world.send('GET /next HTTP/1.1\r\nHost: f.test\r\nConnection: close\r\n\r\n')).toContain(' 200 OK');
  expect(seen).toHaveLength(2);
  expect(metric('requests_in_flight')).toBe(0);
});

it('500 callers at once on a function at zero make few demands, and all are answered', async () => {
  const answers = Array.from({ length: 500 }, () => world.send(get()));
  await world.until(() => metric('requests_waiting') === 500);
  // One a turn of the loop in which callers came, and not one a caller.
  expect(world.hand.demands.at(-1)).toBe(500);
  await world.answering('i', ok);
  expect((await Promise.all(answers)).filter((answer) => !answer.includes(' 200 OK'))).toEqual([]);
  expect(metric('requests_waiting')).toBe(0);
});

it('a route that changes 1,000 times leads where its last change says, and nowhere once it is gone', async () => {
  for (const serving of ['even', 'odd']) {
    const path = await world.upstream(serving, (socket) =>
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${serving.length}\r\n\r\n${serving}`),
    );
    world.hand.give({ ...world.grant(path), serving });
  }
  const answers: Promise<string>[] = [];
  for (let change = 0; change < 1_000; change++) {
    world.gateway.routes.upsert({ ...route, serving: change % 2 === 0 ? 'even' : 'odd' });
    if (change % 49 !== 0) continue;
    answers.push(world.send(get()));
    await new Promise((done) => setImmediate(done));
  }
  expect((await Promise.all(answers)).every((answer) => /(?:even|odd)$/.test(answer))).toBe(true);
  expect(await world.send(get())).toMatch(/odd$/);
  expect(world.gateway.routes.size).toBe(1);
  world.gateway.routes.remove(route.id);
  expect(await world.send(get())).toContain(' 404 ');
});

it('2,000 connections whose heads never end are closed in time, and keep nobody from an answer', async () => {
  await world.answering('i', ok);
  const ended: Promise<void>[] = [];
  // In groups, since the kernel keeps only so many that are not accepted yet.
  for (let open = 200; open <= 2_000; open += 200) {
    for (let each = 0; each < 200; each++) {
      const socket = world.connect().on('error', () => undefined);
      ended.push(new Promise((done) => socket.once('close', () => done())));
      socket.resume().write('GET / HTTP/1.1\r\nHost: f');
    }
    await world.until(() => metric('connections_open') === open);
  }
  expect(await world.send(get())).toContain(' 200 OK');
  // Every head had its first bytes by now, and then ten seconds.
  await new Promise((done) => setImmediate(done));
  world.pass(5_000);
  world.pass(6_000);
  world.pass(2_000);
  await Promise.all(ended);
  await world.until(() => metric('connections_open') === 0);
});

it('an instance that moves is a 503 until it is granted where it is now, without a restart', async () => {
  world.hand.give(world.grant('/nowhere/at-all', 'i'));
  const lost = world.send(get());
  await world.until(() => world.hand.demands.length > 0);
  world.pass(61_000);
  expect(await lost).toMatch(/ 503 [^]*retry-after: /);
  const path = await world.upstream('there', (socket) => socket.write(ok));
  world.hand.give(world.grant(path, 'i'));
  expect(await world.send(get())).toContain(' 200 OK');
});
