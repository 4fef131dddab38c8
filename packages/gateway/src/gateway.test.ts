import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GatewayWorld, get, ok, route } from './testing/gateway-world.ts';

let world: GatewayWorld;
beforeEach(() => {
  world = new GatewayWorld();
});
afterEach(() => world.close());

describe('a request', () => {
  it('reaches the instance with the headers that the platform sets, and without those it must not bring', async () => {
    let seen = '';
    const path = await world.upstream('u', (socket, data) => {
      seen += data;
      socket.write(ok);
    });
    await world.start();
    world.hand.give(world.grant(path));
    const answer = await world.send(
      get('X-Forwarded-For: 6.6.6.6\r\ndapr-app-id: x\r\nOpenFunction_Key: y\r\nX-Request-Id: mine\r\nX-Kept: yes\r\n'),
    );
    expect(answer).toContain('HTTP/1.1 200 OK\r\n');
    expect(answer).toContain('x-request-id: mine');
    expect(answer.endsWith('\r\n\r\nok')).toBe(true);
    expect(seen).toContain('GET /a?b=1 HTTP/1.1\r\nhost: f.test\r\nX-Kept: yes\r\n');
    expect(seen).not.toMatch(/6\.6\.6\.6|dapr|openfunction/i);
    expect(seen).toMatch(/traceparent: 00-[0-9a-f]{32}-[0-9a-f]{16}-00/);
  });

  it('keeps its connection and its upstream connection for the next one', async () => {
    const sockets = new Set<Socket>();
    const path = await world.upstream('u', (socket) => {
      sockets.add(socket);
      socket.write(ok);
    });
    await world.start();
    world.hand.give(world.grant(path));
    const answer = await world.send('GET / HTTP/1.1\r\nHost: f.test\r\n\r\n' + get());
    expect(answer.match(/200 OK/g)).toHaveLength(2);
    expect(sockets.size).toBe(1);
  });

  it('is the last that an instance gets when its answer says that it ends', async () => {
    const asked: string[] = [];
    const play = (name: string, more = '') =>
      world.upstream(name, (socket) => {
        asked.push(name);
        socket.write(`HTTP/1.1 500 Internal Server Error\r\n${more}content-length: 0\r\n\r\n`);
      });
    const [dying, other] = [await play('dying', 'openfunction-ending: 1\r\n'), await play('other')];
    await world.start();
    world.hand.give(world.grant(dying));
    world.hand.onDemand = (waiting): void => {
      if (waiting > 0) world.hand.give({ ...world.grant(other), instance: 'another' });
    };
    const answers = await world.send('GET / HTTP/1.1\r\nHost: f.test\r\n\r\n' + get());
    expect(asked).toEqual(['dying', 'other']);
    expect(answers).not.toContain('openfunction-ending');
  });

  it('waits for a slot, makes one demand with others, and is answered when it comes', async () => {
    const path = await world.upstream('u', (socket) => socket.write(ok));
    await world.start();
    world.hand.onDemand = (waiting): void => {
      if (waiting > 0) world.hand.give(world.grant(path));
    };
    const answers = await Promise.all([world.send(get()), world.send(get()), world.send(get())]);
    expect(answers.every((answer) => answer.includes('200 OK'))).toBe(true);
    expect(world.hand.demands.at(-1)).toBe(0);
  });

  it('gets the code and sentence of a refusal', async () => {
    await world.start();
    world.hand.onDemand = (waiting): void => {
      if (waiting > 0)
        world.hand.give({ kind: 'refusal', serving: 'default/f-1', code: 'PoolExhausted', message: 'No room.', retryAfterSeconds: 7 });
    };
    const answer = await world.send(get());
    expect(answer).toContain('HTTP/1.1 503');
    expect(answer).toContain('retry-after: 7');
    expect(answer).toContain('"code":"PoolExhausted","message":"No room."');
  });

  it('gets 503 when no slot comes in time, and when the queue is full', async () => {
    await world.start({ limits: { waiting: 1 }, timeouts: { coldWaitMs: 500 } });
    const queued = new Promise<void>((done) => (world.hand.onDemand = (): void => done()));
    const first = world.send(get());
    await queued;
    expect(await world.send(get())).toContain('"QueueFull"');
    world.pass(751);
    expect(await first).toContain('"ColdStartTimeout"');
  });

  it('brings the token of its runtime to a function from inside, and never from outside', async () => {
    let seen = '';
    const path = await world.upstream('u', (socket, data) => {
      seen += data;
      socket.write(ok);
    });
    await world.start();
    world.hand.give(world.grant(path));
    const entry = { ...route.entries[0]!, host: 'g.local', internal: true };
    world.gateway.routes.upsert({ ...route, entries: [...route.entries, entry] });
    const headers = 'dapr-api-token: secret\r\ndapr-app-id: x\r\nConnection: close\r\n\r\n';
    await world.send(`POST /topic HTTP/1.1\r\nHost: g.local\r\nContent-Length: 0\r\n${headers}`, undefined, 'internal');
    expect(seen).toContain('dapr-api-token: secret\r\n');
    expect(seen).not.toContain('dapr-app-id');
    seen = '';
    for (const listener of ['public', 'internal'] as const)
      await world.send(`POST /topic HTTP/1.1\r\nHost: f.test\r\nContent-Length: 0\r\n${headers}`, undefined, listener);
    expect(seen).toContain('POST /topic');
    expect(seen).not.toContain('dapr');
  });

  it('is refused with 404 for a host without a route, and for an internal entry on the public listener', async () => {
    const path = await world.upstream('u', (socket) => socket.write(ok));
    await world.start();
    world.hand.give(world.grant(path));
    world.gateway.routes.upsert({ ...route, id: 'default/g', entries: [{ ...route.entries[0]!, host: 'g.local', internal: true }] });
    const request = get().replace('f.test', 'g.local');
    expect(await world.send(request)).toContain('"NoRoute"');
    expect(await world.send(request, undefined, 'internal')).toContain('200 OK');
  });
});

describe('a failing instance', () => {
  it('that closes before it answers is a 502, whatever the method: it may have done something', async () => {
    const bad = await world.upstream('bad', (socket) => socket.destroy());
    await world.start();
    world.hand.give(world.grant(bad));
    expect(await world.send(get())).toContain('"UpstreamReset"');
    expect(await world.send(get().replace('GET', 'POST'))).toContain('"UpstreamReset"');
  });

  it('that closes before it answers costs a GET one retry when that is configured, and a POST a 502', async () => {
    const bad = await world.upstream('bad', (socket) => socket.destroy());
    const good = await world.upstream('good', (socket) => socket.write(ok));
    await world.start({ retryIdempotent: true });
    world.hand.give(world.grant(bad));
    world.hand.give(world.grant(good));
    expect(await world.send(get())).toContain('200 OK');
    world.hand.give({ ...world.grant(good), slots: 0 });
    expect(await world.send(get().replace('GET', 'POST'))).toContain('"UpstreamReset"');
  });

  it('that takes no connection is left for another, whatever the method and the size of the body', async () => {
    let seen = 0;
    const good = await world.upstream('good', (socket, data) => {
      seen += data.length;
      if (seen > 300_000) socket.write(ok);
    });
    await world.start();
    world.hand.give(world.grant(`${world.folder}/nobody`));
    world.hand.give(world.grant(good));
    const answer = await world.send(`${get('Content-Length: 300000\r\n').replace('GET', 'POST')}${'x'.repeat(300_000)}`);
    expect(answer).toContain('200 OK');
    expect(world.gateway.metrics()).toContain('retries_total 1');
    const [load] = world.gateway.takeLoads();
    expect(load?.instances.map(({ failures }) => failures)).toEqual([1, 0]);
  });

  it('that refuses surplus is left for another, whatever the method', async () => {
    const full = await world.upstream('full', (socket) =>
      socket.write('HTTP/1.1 503 Busy\r\nopenfunction-surplus: 1\r\ncontent-length: 0\r\n\r\n'),
    );
    const good = await world.upstream('good', (socket) => socket.write(ok));
    await world.start();
    world.hand.give(world.grant(full));
    world.hand.give(world.grant(good));
    expect(await world.send(get('Content-Length: 2\r\n').replace('GET', 'POST') + 'hi')).toContain('200 OK');
  });

  it('that ends in the middle of its answer ends the connection too', async () => {
    const path = await world.upstream('u', (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf'));
    await world.start();
    world.hand.give(world.grant(path));
    expect(await world.send('GET / HTTP/1.1\r\nHost: f.test\r\n\r\n')).toMatch(/half$/);
    expect(world.gateway.metrics()).toContain('openfunction_gateway_requests_in_flight 0');
  });

  it('that never answers is given up after the timeout, and its slot is free again', async () => {
    let arrived: () => void = () => undefined;
    const reached = new Promise<void>((done) => (arrived = done));
    const path = await world.upstream('u', () => arrived());
    await world.start({ timeouts: { headerMs: 1000 } });
    world.hand.give(world.grant(path));
    const answer = world.send(get());
    await reached;
    world.pass(1251);
    expect(await answer).toContain('"ResponseTimeout"');
    expect(world.gateway.takeLoads()[0]).toMatchObject({ inFlight: 0, requests: 1, instances: [{ failures: 1 }] });
  });

  it('is cut off when its client goes away', async () => {
    let closed: () => void = () => undefined;
    const gone = new Promise<void>((done) => (closed = done));
    const path = await world.upstream('u', (socket) => {
      socket.once('close', () => closed());
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf');
    });
    await world.start();
    world.hand.give(world.grant(path));
    await world.send(get(), 'half');
    await gone;
  });
});

it('answers an expectation, and splices a WebSocket', async () => {
  const path = await world.upstream('u', (socket, data) => {
    if (data.includes('upgrade: websocket')) socket.write('HTTP/1.1 101 Switching Protocols\r\nsec-websocket-accept: x\r\n\r\n');
    else if (data === 'ping') socket.write('pong');
    else if (data.endsWith('hi')) socket.write(ok);
  });
  await world.start();
  world.hand.give(world.grant(path));
  const socket = world.connect();
  socket.write('GET / HTTP/1.1\r\nHost: f.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n');
  const frames = await new Promise<string>((done) => {
    let seen = '';
    socket.on('data', (data) => {
      seen += data.toString();
      if (seen.endsWith('\r\n\r\n')) socket.write('ping');
      if (seen.endsWith('pong')) done(seen);
    });
  });
  socket.destroy();
  expect(frames).toContain('101 Switching Protocols');
  const upload = world.connect();
  upload.write('POST / HTTP/1.1\r\nHost: f.test\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n');
  const answer = await new Promise<string>((done) => {
    let seen = '';
    upload.on('data', (data) => {
      seen += data.toString();
      if (seen === 'HTTP/1.1 100 Continue\r\n\r\n') upload.write('hi');
    });
    upload.on('close', () => done(seen));
  });
  expect(answer).toContain('200 OK');
});
