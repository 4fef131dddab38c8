import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Activator, Grant, Refusal } from './activator.ts';
import { createGateway, type Gateway, type GatewayOptions } from './gateway.ts';

const route = {
  id: 'default/f',
  serving: 'default/f-1',
  unavailable: '',
  entries: [{ host: 'f.test', path: { type: 'prefix' as const, value: '/' }, internal: false, stripPrefix: '' }],
};

/** An activator whose grants the test gives by hand. */
class Hand implements Activator {
  readonly demands: number[] = [];
  #queue: (Grant | Refusal)[] = [];
  #wake: () => void = () => undefined;
  onDemand: (waiting: number) => void = () => undefined;

  demand(_serving: string, waiting: number): void {
    this.demands.push(waiting);
    this.onDemand(waiting);
  }
  report(): void {}
  give(message: Grant | Refusal): void {
    this.#queue.push(message);
    this.#wake();
  }
  async *grants(signal: AbortSignal): AsyncIterable<Grant | Refusal> {
    signal.addEventListener('abort', () => this.#wake());
    while (!signal.aborted) {
      const next = this.#queue.shift();
      if (next !== undefined) yield next;
      else await new Promise<void>((done) => (this.#wake = done));
    }
  }
}

let folder: string;
let gateway: Gateway;
let hand: Hand;
let now: number;
const servers: Server[] = [];

async function upstream(name: string, onData: (socket: Socket, data: string) => void): Promise<string> {
  const path = join(folder, name);
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (data) => onData(socket, data.toString('latin1')));
  });
  servers.push(server);
  await new Promise<void>((done) => server.listen(path, done));
  return path;
}

function grant(path: string, instance = path, slots = 100): Grant {
  return { kind: 'grant', serving: 'default/f-1', instance, endpoint: { kind: 'unix', path }, slots, expiresAt: now + 60_000 };
}

async function start(options: Partial<GatewayOptions> = {}): Promise<void> {
  gateway = await createGateway({
    public: { path: join(folder, 'public') },
    internal: { path: join(folder, 'internal') },
    activator: hand,
    sweepMs: 0,
    reportMs: 0,
    now: () => now,
    ...options,
  });
  gateway.routes.upsert(route);
}

/** Sends bytes, answers with all that comes back until the gateway closes or `until` is seen. */
function send(bytes: string, until?: string, listener = 'public'): Promise<string> {
  return new Promise((done) => {
    let answer = '';
    const socket = connect(join(folder, listener), () => socket.write(bytes, 'latin1'));
    socket.on('data', (data) => {
      answer += data.toString('latin1');
      if (until !== undefined && answer.includes(until)) socket.destroy();
    });
    socket.on('error', () => (answer += '<reset>'));
    socket.on('close', () => done(answer));
  });
}

const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';
const get = (extra = ''): string => `GET /a?b=1 HTTP/1.1\r\nHost: f.test\r\nConnection: close\r\n${extra}\r\n`;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gateway-'));
  hand = new Hand();
  now = 1_000_000;
});
afterEach(async () => {
  await gateway.close();
  for (const server of servers.splice(0)) server.close();
  rmSync(folder, { recursive: true });
});

describe('a request', () => {
  it('reaches the instance with the headers that the platform sets, and without those it must not bring', async () => {
    let seen = '';
    const path = await upstream('u', (socket, data) => {
      seen += data;
      socket.write(ok);
    });
    await start();
    hand.give(grant(path));
    const answer = await send(
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
    const path = await upstream('u', (socket) => {
      sockets.add(socket);
      socket.write(ok);
    });
    await start();
    hand.give(grant(path));
    const answer = await send('GET / HTTP/1.1\r\nHost: f.test\r\n\r\n' + get());
    expect(answer.match(/200 OK/g)).toHaveLength(2);
    expect(sockets.size).toBe(1);
  });

  it('streams a chunked body on and drops its trailers', async () => {
    let seen = '';
    const path = await upstream('u', (socket, data) => {
      seen += data;
      if (seen.includes('0\r\n\r\n')) socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n');
    });
    await start();
    hand.give(grant(path));
    const answer = await send(
      'POST / HTTP/1.1\r\nHost: f.test\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Trailer: 1\r\n\r\n',
    );
    expect(seen).toContain('5\r\nhello\r\n0\r\n\r\n');
    expect(seen).not.toContain('X-Trailer');
    expect(answer).toContain('2\r\nhi\r\n0\r\n\r\n');
  });

  it('waits for a slot, makes one demand with others, and is answered when it comes', async () => {
    const path = await upstream('u', (socket) => socket.write(ok));
    await start();
    hand.onDemand = (waiting): void => {
      if (waiting > 0) hand.give(grant(path));
    };
    const answers = await Promise.all([send(get()), send(get()), send(get())]);
    expect(answers.every((answer) => answer.includes('200 OK'))).toBe(true);
    expect(hand.demands.at(-1)).toBe(0);
  });

  it('gets the code and sentence of a refusal', async () => {
    await start();
    hand.onDemand = (waiting): void => {
      if (waiting > 0)
        hand.give({ kind: 'refusal', serving: 'default/f-1', code: 'PoolExhausted', message: 'No room.', retryAfterSeconds: 7 });
    };
    const answer = await send(get());
    expect(answer).toContain('HTTP/1.1 503');
    expect(answer).toContain('retry-after: 7');
    expect(answer).toContain('"code":"PoolExhausted","message":"No room."');
  });

  it('gets 503 when no slot comes in time, and when the queue is full', async () => {
    await start({ limits: { waiting: 1 }, timeouts: { coldWaitMs: 500 } });
    const queued = new Promise<void>((done) => (hand.onDemand = (): void => done()));
    const first = send(get());
    await queued;
    expect(await send(get())).toContain('"QueueFull"');
    now += 501;
    gateway.sweep();
    expect(await first).toContain('"ColdStartTimeout"');
  });

  it('is refused with 404 for a host without a route, and for an internal entry on the public listener', async () => {
    const path = await upstream('u', (socket) => socket.write(ok));
    await start();
    hand.give(grant(path));
    gateway.routes.upsert({ ...route, id: 'default/g', entries: [{ ...route.entries[0]!, host: 'g.local', internal: true }] });
    const request = get().replace('f.test', 'g.local');
    expect(await send(request)).toContain('"NoRoute"');
    expect(await send(request, undefined, 'internal')).toContain('200 OK');
  });
});

describe('a failing instance', () => {
  it('that closes before it answers costs a GET one retry on another, and a POST a 502', async () => {
    const bad = await upstream('bad', (socket) => socket.destroy());
    const good = await upstream('good', (socket) => socket.write(ok));
    await start();
    hand.give(grant(bad));
    hand.give(grant(good));
    expect(await send(get())).toContain('200 OK');
    hand.give({ ...grant(good), slots: 0 });
    expect(await send(get().replace('GET', 'POST'))).toContain('"UpstreamReset"');
  });

  it('that refuses surplus is left for another, whatever the method', async () => {
    const full = await upstream('full', (socket) =>
      socket.write('HTTP/1.1 503 Busy\r\nopenfunction-surplus: 1\r\ncontent-length: 0\r\n\r\n'),
    );
    const good = await upstream('good', (socket) => socket.write(ok));
    await start();
    hand.give(grant(full));
    hand.give(grant(good));
    expect(await send(get('Content-Length: 2\r\n').replace('GET', 'POST') + 'hi')).toContain('200 OK');
  });

  it('that ends in the middle of its answer ends the connection too', async () => {
    const path = await upstream('u', (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf'));
    await start();
    hand.give(grant(path));
    expect(await send('GET / HTTP/1.1\r\nHost: f.test\r\n\r\n')).toMatch(/half$/);
    expect(gateway.metrics()).toContain('openfunction_gateway_requests_in_flight 0');
  });

  it('that never answers is given up after the timeout, and its slot is free again', async () => {
    let arrived: () => void = () => undefined;
    const reached = new Promise<void>((done) => (arrived = done));
    const path = await upstream('u', () => arrived());
    await start({ timeouts: { headerMs: 1000 } });
    hand.give(grant(path));
    const answer = send(get());
    await reached;
    now += 1001;
    gateway.sweep();
    expect(await answer).toContain('"ResponseTimeout"');
    expect(gateway.takeLoads()[0]).toMatchObject({ inFlight: 0, requests: 1, instances: [{ failures: 1 }] });
  });

  it('is cut off when its client goes away', async () => {
    let closed: () => void = () => undefined;
    const gone = new Promise<void>((done) => (closed = done));
    const path = await upstream('u', (socket) => {
      socket.once('close', () => closed());
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf');
    });
    await start();
    hand.give(grant(path));
    await send(get(), 'half');
    await gone;
  });
});

it('answers an expectation, and splices a WebSocket', async () => {
  const path = await upstream('u', (socket, data) => {
    if (data.includes('upgrade: websocket')) socket.write('HTTP/1.1 101 Switching Protocols\r\nsec-websocket-accept: x\r\n\r\n');
    else if (data === 'ping') socket.write('pong');
    else if (data.endsWith('hi')) socket.write(ok);
  });
  await start();
  hand.give(grant(path));
  const socket = connect(join(folder, 'public'));
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
  const upload = connect(join(folder, 'public'));
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

const attack = 'GET /second HTTP/1.1\r\nHost: f.test\r\n\r\n';
const head = (line: string, ...headers: string[]): string => [line, 'Host: f.test', ...headers, '', ''].join('\r\n');
const post = (...headers: string[]): string => head('POST / HTTP/1.1', ...headers);
const bad: [string, string, number][] = [
  ['two Host headers', head('GET / HTTP/1.1', 'Host: g.test'), 400],
  ['no Host header', 'GET / HTTP/1.1\r\n\r\n', 400],
  ['two Content-Length headers', post('Content-Length: 1', 'Content-Length: 1'), 400],
  ['a list in Content-Length', post('Content-Length: 1, 1'), 400],
  ['a signed Content-Length', post('Content-Length: +1'), 400],
  ['Content-Length with Transfer-Encoding', post('Content-Length: 1', 'Transfer-Encoding: chunked'), 400],
  ['an empty coding', post('Transfer-Encoding: ,chunked'), 400],
  ['a vertical tab in the coding', post('Transfer-Encoding: \x0bchunked'), 400],
  ['two codings', post('Transfer-Encoding: chunked, identity'), 400],
  ['two Transfer-Encoding headers', post('Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'), 400],
  ...['0x10', '+5', '1_0', '11111111111111111', '5;ext=1', ' 5', '5\n', ''].map((size): [string, string, number] => [
    `chunk size ${JSON.stringify(size)}`,
    `${post('Transfer-Encoding: chunked')}${size}\r\n`,
    400,
  ]),
  ['a chunk longer than its size', `${post('Transfer-Encoding: chunked')}1\r\nab\r\n`, 400],
  ['a bare LF', 'GET / HTTP/1.1\nHost: f.test\n\n', 400],
  ['a bare LF after a header', 'GET / HTTP/1.1\r\nHost: f.test\nX: 1\r\n\r\n', 400],
  ['a bare CR', 'GET / HTTP/1.1\r\nHost: f.test\rX: 1\r\n\r\n', 400],
  ['NUL in a header', head('GET / HTTP/1.1', 'X: a\0b'), 400],
  ['a space in a header name', head('GET / HTTP/1.1', 'X y: 1'), 400],
  ['a space before the colon', head('GET / HTTP/1.1', 'X : 1'), 400],
  ['0x85 in a header name', head('GET / HTTP/1.1', 'X\x85: 1'), 400],
  ['a folded line', head('GET / HTTP/1.1', 'X: 1', ' 2'), 400],
  ['10,000 headers', head('GET / HTTP/1.1', ...Array.from({ length: 10_000 }, () => 'X: 1')), 431],
  ['a header of 1 MB', head('GET / HTTP/1.1', `X: ${'a'.repeat(1_000_000)}`), 431],
  ['a request line of 100 KB', head(`GET /${'a'.repeat(100_000)} HTTP/1.1`), 431],
  ...[
    'http://g.test/',
    'g.test:80',
    '*',
    '//evil/',
    '/a//b',
    '/%2e%2e/',
    '/..%2f',
    '/a/../b',
    '/./a',
    '/a%2fb',
    '/%00',
    '/%c0%ae',
    '/a\\b',
    '/%5c',
    '/%',
    '/%zz',
    '/a#b',
    '/\xff',
  ].map((target): [string, string, number] => [`target ${target}`, head(`GET ${target} HTTP/1.1`), 400]),
  ['two spaces in the request line', head('GET  / HTTP/1.1'), 400],
  ['HTTP/0.9', 'GET /\r\n\r\n', 400],
  ['HTTP/1.9', head('GET / HTTP/1.9'), 505],
  ['HTTP/2 in clear', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 505],
  ['CONNECT', 'CONNECT f.test:80 HTTP/1.1\r\nHost: f.test\r\n\r\n', 405],
  ['TRACE', head('TRACE / HTTP/1.1'), 405],
  ['a WebSocket without a key', head('GET / HTTP/1.1', 'Connection: upgrade', 'Upgrade: websocket'), 400],
  ['an unknown expectation', head('GET / HTTP/1.1', 'Expect: a-pony'), 417],
];

describe('bad input', () => {
  it.each(bad)('%s gets a clean refusal, and nothing after it is a request', async (_name, bytes, status) => {
    const seen: string[] = [];
    const path = await upstream('recorder', (_socket, data) => seen.push(data));
    await start();
    hand.give(grant(path));
    const answer = await send(bytes + attack);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer.match(/HTTP\/1\.1 \d/g)).toHaveLength(1);
    expect(answer).not.toMatch(/node:|\.ts:/);
    expect(seen.join('')).not.toContain('/second');
  });

  it('a head that never ends is refused after its time', async () => {
    await start({ timeouts: { headMs: 1000 } });
    const answer = send('GET / HTTP/1.1\r\nHost: f');
    while (!gateway.metrics().includes('connections_open 1')) await new Promise((done) => setImmediate(done));
    await new Promise((done) => setImmediate(done));
    now += 1001;
    gateway.sweep();
    now += 80_000;
    gateway.sweep();
    expect(await answer).toMatch(/^(HTTP\/1\.1 408|$)/);
  });
});
