import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GatewayWorld, get, ok } from './testing/gateway-world.ts';

let world: GatewayWorld;
beforeEach(() => {
  world = new GatewayWorld();
});
afterEach(() => world.close());

async function connected(count: number, bytes: string): Promise<Socket[]> {
  const sockets = Array.from({ length: count }, () => world.connect());
  for (const socket of sockets) {
    socket.on('error', () => undefined);
    socket.resume();
    if (bytes !== '') socket.write(bytes);
  }
  await world.until(() => world.gateway.metrics().includes(`connections_open ${count}\n`));
  // What was written is read in a later turn.
  for (let turn = 0; turn < 20; turn++) await new Promise((done) => setImmediate(done));
  return sockets;
}

describe('deadlines', () => {
  it.each([
    ['nothing', ''],
    ['half a head', 'GET / HTTP/1.1\r\nX: '],
  ])('close connections that send %s, while others are served', async (_name, bytes) => {
    await world.start({ timeouts: { headMs: 1000, keepAliveMs: 60_000 } });
    await world.answering('u', ok);
    const sockets = await connected(500, bytes);
    expect(await world.send(get())).toContain('200 OK');
    world.pass(1500);
    world.pass(1500);
    await Promise.all(sockets.filter((socket) => !socket.closed).map((socket) => once(socket, 'close')));
    await world.until(() => world.gateway.metrics().includes('connections_open 0\n'));
    expect(await world.send(get())).toContain('200 OK');
  });

  it('are not moved by a head that comes byte by byte', async () => {
    await world.start({ timeouts: { headMs: 1000 } });
    const client = world.connect();
    let answer = '';
    client.on('data', (data) => (answer += data.toString()));
    const over = once(client, 'close');
    for (const byte of 'GET / HTTP/1.1\r\nHost: f.test\r\nX: aaaaaaaa') {
      client.write(byte);
      for (let turn = 0; turn < 5; turn++) await new Promise((done) => setImmediate(done));
      world.pass(50);
    }
    await over;
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('close kept connections that are not used, after a longer time', async () => {
    await world.start({ timeouts: { headMs: 1000, keepAliveMs: 5000 } });
    await world.answering('u', ok);
    const client = world.connect();
    client.write('GET / HTTP/1.1\r\nHost: f.test\r\n\r\n');
    await once(client, 'data');
    world.pass(4000);
    client.write('GET / HTTP/1.1\r\nHost: f.test\r\n\r\n');
    await once(client, 'data');
    world.pass(4000);
    expect(client.destroyed).toBe(false);
    const over = once(client, 'close');
    world.pass(1500);
    client.resume();
    await over;
  });

  it('free the slot of each of 1,000 calls that are never answered', async () => {
    await world.start({ timeouts: { headerMs: 1000 } });
    let arrived = 0;
    const path = await world.upstream('u', () => arrived++);
    world.hand.give(world.grant(path, 'i', 100));
    for (let round = 0; round < 10; round++) {
      const answers = Promise.all(Array.from({ length: 100 }, () => world.send(get())));
      await world.until(() => arrived === (round + 1) * 100);
      world.pass(1500);
      for (const answer of await answers) expect(answer).toMatch(/^HTTP\/1\.1 504 /);
    }
    expect(world.gateway.takeLoads()[0]).toMatchObject({ inFlight: 0, requests: 1000 });
    expect(world.gateway.metrics()).toContain('requests_in_flight 0\n');
  });

  it('of a route of its own come before those of the gateway', async () => {
    await world.start({ timeouts: { headerMs: 60_000 } });
    world.gateway.routes.upsert({ ...world.gateway.routes.routes()[0]!, timeouts: { headerMs: 500, idleMs: 0, totalMs: 0 } });
    let arrived = 0;
    const path = await world.upstream('u', () => arrived++);
    world.hand.give(world.grant(path));
    const answer = world.send(get());
    await world.until(() => arrived === 1);
    world.pass(1000);
    expect(await answer).toMatch(/^HTTP\/1\.1 504 /);
  });

  it('end an answer that stops arriving, and one that takes too long, by cutting the connection', async () => {
    for (const [timeouts, passes] of [
      [{ idleMs: 1000 }, 1500],
      [{ totalMs: 1000 }, 1500],
    ] as const) {
      await world.start({ timeouts });
      const path = await world.upstream('u', (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf'));
      world.hand.give(world.grant(path));
      const client = world.connect();
      client.on('error', () => undefined);
      client.write('GET / HTTP/1.1\r\nHost: f.test\r\n\r\n');
      await once(client, 'data');
      world.pass(passes);
      await once(client, 'close');
      await world.close();
      world = new GatewayWorld();
    }
    await world.start();
  });
});

describe('connections', () => {
  it('over the limit are closed at once, and counted', async () => {
    await world.start({ limits: { connections: 2 } });
    const kept = await connected(2, '');
    const refused = world.connect();
    await once(refused, 'close');
    expect(world.gateway.metrics()).toContain('connections_refused_total 1\n');
    for (const socket of kept) socket.destroy();
  });

  it('to an instance that have lain idle are not used any more', async () => {
    const sockets = new Set<Socket>();
    await world.start({ timeouts: { upstreamIdleMs: 1000 } });
    const path = await world.upstream('u', (socket) => {
      sockets.add(socket);
      socket.write(ok);
    });
    world.hand.give(world.grant(path));
    await world.send(get());
    world.now += 1001;
    await world.send(get());
    expect(sockets.size).toBe(2);
    const [, second] = [...sockets];
    world.pass(1001);
    await once(second!, 'close');
  });
});

describe('closing', () => {
  it('accepts nobody any more, lets the request finish, and says that the connection ends', async () => {
    await world.start();
    let instance: Socket | undefined;
    const path = await world.upstream('u', (socket) => (instance = socket));
    world.hand.give(world.grant(path));
    const idle = world.connect();
    await once(idle, 'connect');
    const answer = world.send('GET / HTTP/1.1\r\nHost: f.test\r\n\r\n');
    await world.until(() => instance !== undefined);
    const closed = world.gateway.close({ graceMs: 10_000 });
    await once(idle, 'close');
    await expect(once(world.connect(), 'connect')).rejects.toThrow(/ENOENT|ECONNREFUSED/);
    instance!.write(ok);
    expect(await answer).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*connection: close\r\n[^]*ok$/);
    await closed;
  });

  it('answers a kept connection once more where another gateway takes over, and says that it ends', async () => {
    await world.start();
    world.hand.give(world.grant(await world.upstream('u', (socket) => socket.write(ok))));
    const kept = world.connect();
    let seen = '';
    kept.on('data', (data) => (seen += data.toString()));
    const ask = (): boolean => kept.write('GET / HTTP/1.1\r\nHost: f.test\r\n\r\n');
    ask();
    await world.until(() => seen.endsWith('ok'));
    expect(seen).not.toContain('connection: close');
    seen = '';
    const closed = world.gateway.close({ graceMs: 10_000, keepIdle: true });
    ask();
    await closed;
    expect(seen).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*connection: close\r\n[^]*ok$/);
  });

  it('goes on taking connections for a while, and ends each after an answer that says so', async () => {
    await world.start();
    await world.answering('u', ok);
    const kept = world.connect();
    await once(kept, 'connect');
    const closed = world.gateway.close({ graceMs: 10_000, drainMs: 500 });
    const request = 'GET / HTTP/1.1\r\nHost: f.test\r\n\r\n';
    const told = /^HTTP\/1\.1 200 OK\r\n[^]*connection: close\r\n[^]*ok$/;
    expect(await world.send(request)).toMatch(told);
    kept.write(request);
    let answer = '';
    for await (const bytes of kept) answer += String(bytes);
    expect(answer).toMatch(told);
    await closed;
    await expect(once(world.connect(), 'connect')).rejects.toThrow(/ENOENT|ECONNREFUSED/);
  });

  it('cuts off what does not finish in its time', async () => {
    await world.start();
    let arrived = false;
    const path = await world.upstream('u', () => (arrived = true));
    world.hand.give(world.grant(path));
    const answer = world.send(get());
    await world.until(() => arrived);
    await world.gateway.close({ graceMs: 20 });
    expect(await answer).toBe('');
  });
});
