import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GatewayWorld, get, ok } from './testing/gateway-world.ts';

let world: GatewayWorld;
beforeEach(() => {
  world = new GatewayWorld();
});
afterEach(() => world.close());

const post = (extra: string, version = '1.1'): string => `POST / HTTP/${version}\r\nHost: f.test\r\nConnection: close\r\n${extra}\r\n`;
const chunked = 'Transfer-Encoding: chunked\r\n';

describe('a request body', () => {
  it('keeps its trailers, but those that would change the request', async () => {
    await world.start();
    const instance = await world.answering('u', ok, (seen) => seen.includes('X-Sum'));
    await world.send(`${post(chunked)}5\r\nhello\r\n0\r\nX-Sum: 1\r\nContent-Length: 9\r\ndapr-app-id: x\r\nHost: g\r\n\r\n`);
    expect(instance.seen.endsWith('\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n')).toBe(true);
  });

  it('loses its chunk extensions and nothing else', async () => {
    await world.start();
    const instance = await world.answering('u', ok, (seen) => seen.endsWith('0\r\n\r\n'));
    const answer = await world.send(`${post(chunked)}5;a=b\r\nhello\r\n1;c\r\n!\r\n0;d="e f"\r\n\r\n`);
    expect(instance.seen.endsWith('\r\n\r\n5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n')).toBe(true);
    expect(answer).toContain('200 OK');
  });

  it('is refused once it is larger than allowed, whether it says so or not', async () => {
    await world.start({ limits: { bodyBytes: 10 } });
    await world.answering('u', ok, () => false);
    expect(await world.send(`${post('Content-Length: 11\r\n')}${'x'.repeat(11)}`)).toMatch(/^HTTP\/1\.1 413 /);
    expect(await world.send(`${post(chunked)}b\r\n${'x'.repeat(11)}\r\n`)).toMatch(/^HTTP\/1\.1 413 /);
  });

  it('that is longer than it said is not read as a request', async () => {
    await world.start();
    const instance = await world.answering('u', ok, (seen) => seen.endsWith('hi'));
    const answer = await world.send('POST / HTTP/1.1\r\nHost: f.test\r\nContent-Length: 2\r\n\r\nhi\u0001rest of the body\r\n\r\n');
    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 400']);
    expect(instance.seen).not.toContain('rest');
  });

  it('whose function answers before it is whole ends the connection with that answer', async () => {
    await world.start();
    const instance = await world.answering('u', ok, (seen) => seen.endsWith('begun'));
    const answer = await world.send('POST / HTTP/1.1\r\nHost: f.test\r\nContent-Length: 1000\r\n\r\nbegun');
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*connection: close\r\n[^]*ok$/);
    expect(instance.seen).toContain('begun');
  });

  it('that waits for 100 Continue is asked for once there is an instance, and given up when it never comes', async () => {
    await world.start({ timeouts: { idleMs: 1000 } });
    await world.answering('u', ok, () => false);
    const client = world.connect();
    client.write(post('Expect: 100-continue\r\nContent-Length: 2\r\n'));
    expect(String((await once(client, 'data'))[0])).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    world.pass(1500);
    expect(String((await once(client, 'data'))[0])).toMatch(/^HTTP\/1\.1 408 /);
    client.destroy();
  });
});

it('large bodies that wait for a slot and meet a slow function arrive as they were sent, each its own', async () => {
  const bytes = 400_000;
  await world.start();
  const seen = new Map<Socket, string>();
  const path = await world.upstream('u', (socket, data) => {
    const all = (seen.get(socket) ?? '') + data;
    const body = all.indexOf('\r\n\r\n') + 4;
    const isWhole = body > 3 && all.length >= body + bytes;
    seen.set(socket, isWhole ? '' : all);
    if (isWhole) {
      const digest = sha256(all.slice(body));
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${digest.length}\r\n\r\n${digest}`);
    }
    socket.pause();
    setImmediate(() => socket.resume());
  });
  const bodies = Array.from({ length: 40 }, () => randomBytes(bytes).toString('latin1'));
  const answers = bodies.map((body) => world.send(`${post(`Content-Length: ${bytes}\r\n`)}${body}`));
  await world.until(() => world.hand.demands.includes(bodies.length));
  world.hand.give(world.grant(path, 'u', 3));
  for (const [index, answer] of (await Promise.all(answers)).entries()) expect(answer).toMatch(new RegExp(`${sha256(bodies[index]!)}$`));
});

function sha256(text: string): string {
  return createHash('sha256').update(text, 'latin1').digest('hex');
}

describe('an answer', () => {
  it('in chunks keeps its trailers and loses its extensions', async () => {
    await world.start();
    await world.answering('u', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2;a\r\nhi\r\n0\r\nX-Sum: 1\r\n\r\n');
    const answer = await world.send(get());
    expect(answer).toContain('Trailer: X-Sum\r\n');
    expect(answer.endsWith('\r\n\r\n2\r\nhi\r\n0\r\nX-Sum: 1\r\n\r\n')).toBe(true);
  });

  it('without a length comes in chunks, so that its end can be told from a failure', async () => {
    await world.start();
    const path = await world.upstream('u', (socket) => socket.end('HTTP/1.1 200 OK\r\n\r\nhello'));
    world.hand.give(world.grant(path));
    const answer = await world.send(get());
    expect(answer).toContain('transfer-encoding: chunked\r\n');
    expect(answer.endsWith('\r\n\r\n5\r\nhello\r\n0\r\n\r\n')).toBe(true);
  });

  it('to HTTP/1.0 has no chunks, no interim answers, and ends the connection', async () => {
    await world.start();
    await world.answering(
      'u',
      'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n4;a\r\n you\r\n0\r\nX: 1\r\n\r\n',
    );
    const answer = await world.send('GET / HTTP/1.0\r\nHost: f.test\r\nConnection: keep-alive\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(answer).toContain('connection: close\r\n');
    expect(answer).not.toMatch(/chunked|Early|X: 1/);
    expect(answer.endsWith('\r\n\r\nhi you')).toBe(true);
  });

  it('to HEAD, 204 and 304 has no body, whatever its head says, and the connection stays good', async () => {
    const answers = [
      'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n',
      'HTTP/1.1 204 No Content\r\ncontent-length: 0\r\n\r\n',
      'HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n',
      ok,
    ];
    await world.start();
    const path = await world.upstream('u', (socket) => socket.write(answers.shift()!));
    world.hand.give(world.grant(path));
    const request = (method: string): string => `${method} / HTTP/1.1\r\nHost: f.test\r\n\r\n`;
    const answer = await world.send(request('HEAD') + request('GET') + request('GET') + get());
    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 204', 'HTTP/1.1 304', 'HTTP/1.1 200']);
    expect(answer).not.toMatch(/204 No Content\r\ncontent-length/);
    expect(answer.endsWith('ok')).toBe(true);
  });

  it('may be preceded by early hints, and a 100 that nobody asked for is left out', async () => {
    await world.start();
    await world.answering('u', `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${ok}`);
    const answer = await world.send(get());
    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 103', 'HTTP/1.1 200']);
  });

  it('loses what only concerns one hop, and what its Connection names', async () => {
    await world.start();
    await world.answering(
      'u',
      'HTTP/1.1 200 OK\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\nConnection: x-hop, close\r\nX-Kept: 2\r\ncontent-length: 0\r\n\r\n',
    );
    const answer = await world.send(get());
    expect(answer).toContain('X-Kept: 2\r\n');
    expect(answer).not.toMatch(/x-hop|keep-alive/i);
  });

  it('behind which more bytes come costs the connection to the instance, not the client', async () => {
    const sockets = new Set<Socket>();
    await world.start();
    const path = await world.upstream('u', (socket) => {
      sockets.add(socket);
      socket.write(`${ok}HTTP/1.1 200 OK\r\n\r\nstolen`);
    });
    world.hand.give(world.grant(path));
    const answer = await world.send(`GET / HTTP/1.1\r\nHost: f.test\r\n\r\n${get()}`);
    expect(answer.match(/HTTP\/1\.1 \d+/g)).toHaveLength(2);
    expect(answer).not.toContain('stolen');
    expect(sockets.size).toBe(2);
  });
});

it('an upstream reset after the head never looks like a whole answer, over TCP on both sides', async () => {
  const framings = ['content-length: 10\r\n\r\nhalf', 'transfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n', '\r\nhalf'];
  const server = createTcpServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.write(`HTTP/1.1 200 OK\r\n${framings[0]}`, () => setImmediate(() => socket.resetAndDestroy())));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await world.start({ public: { host: '127.0.0.1', port: 0 } });
  world.hand.give({ ...world.grant('tcp'), endpoint: { kind: 'tcp', host: '127.0.0.1', port } });
  while (framings.length > 0) {
    const outcome = await fetch(world.gateway.addresses.public, { headers: { host: 'f.test' } }).then(
      (response) => response.text().catch(() => 'failed'),
      () => 'failed',
    );
    expect(outcome === 'failed' || outcome.startsWith('{')).toBe(true);
    framings.shift();
  }
  server.close();
});

describe('back-pressure', () => {
  const total = 200 * 1024 * 1024;

  it('of a slow reader stops the function: 200 MB leave memory flat', async () => {
    await world.start();
    const block = Buffer.alloc(262_144, 'x');
    let sent = 0;
    const path = await world.upstream('u', (socket) => {
      const more = (): void => {
        while (sent < total) {
          sent += block.length;
          if (!socket.write(block)) return;
        }
      };
      socket.on('drain', more);
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${total}\r\n\r\n`);
      more();
    });
    world.hand.give(world.grant(path));
    const client = world.connect();
    client.write('GET / HTTP/1.1\r\nHost: f.test\r\n\r\n');
    await once(client, 'readable');
    // Nothing is read for a while: what is under way must come to rest.
    let before = -1;
    while (before !== sent) {
      before = sent;
      for (let turn = 0; turn < 200; turn++) await new Promise((done) => setImmediate(done));
    }
    expect(sent).toBeLessThan(8 * 1024 * 1024);
    const start = process.memoryUsage.rss();
    let received = 0;
    let peak = 0;
    for await (const data of client) {
      received += (data as Buffer).length;
      peak = Math.max(peak, process.memoryUsage.rss());
      if (received > total) break;
    }
    expect(received).toBeGreaterThan(total);
    // This process is the function and the client too, each with garbage of its own.
    expect(peak - start).toBeLessThan(total / 2);
  }, 60_000);

  it('of a slow function stops the client', async () => {
    await world.start();
    let instance: Socket | undefined;
    let received = 0;
    const path = await world.upstream('u', (socket, data) => {
      instance = socket;
      received += data.length;
      if (received < 1_000_000) socket.pause();
      if (received > 32 * 1024 * 1024) socket.write(ok);
    });
    world.hand.give(world.grant(path));
    const client = world.connect();
    const answer = once(client, 'data');
    client.write(`POST / HTTP/1.1\r\nHost: f.test\r\nContent-Length: ${33 * 1024 * 1024}\r\n\r\n`);
    client.write(Buffer.alloc(33 * 1024 * 1024, 'x'));
    let before = -1;
    while (instance === undefined || before !== client.writableLength) {
      before = client.writableLength;
      for (let turn = 0; turn < 200; turn++) await new Promise((done) => setImmediate(done));
    }
    expect(client.writableLength).toBeGreaterThan(24 * 1024 * 1024);
    received = 1_000_000;
    instance.resume();
    expect(String((await answer)[0])).toContain('200 OK');
    client.destroy();
  }, 60_000);

  it('of a client that sends requests and reads no answers stops them', async () => {
    await world.start();
    let answered = 0;
    const path = await world.upstream('u', (socket) => {
      answered++;
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: 65536\r\n\r\n${'x'.repeat(65_536)}`);
    });
    world.hand.give(world.grant(path));
    const client = world.connect();
    client.write('GET / HTTP/1.1\r\nHost: f.test\r\n\r\n'.repeat(1000));
    let before = -1;
    while (before !== answered || answered === 0) {
      before = answered;
      for (let turn = 0; turn < 200; turn++) await new Promise((done) => setImmediate(done));
    }
    expect(answered).toBeLessThan(100);
    let length = 0;
    for await (const data of client) {
      length += (data as Buffer).length;
      if (length > 1000 * 65_536) break;
    }
    await world.until(() => answered === 1000);
    client.destroy();
  }, 30_000);
});

it('a request for the absolute form reaches the function in origin form, and OPTIONS * the gateway', async () => {
  await world.start();
  const instance = await world.answering('u', ok);
  await world.send('GET http://f.test/a?b HTTP/1.1\r\nHost: f.test\r\nConnection: close\r\n\r\n');
  expect(instance.seen).toMatch(/^GET \/a\?b HTTP\/1\.1\r\nhost: f\.test\r\n/);
  const answer = await world.send('OPTIONS * HTTP/1.1\r\nHost: f.test\r\nConnection: close\r\n\r\n');
  expect(answer).toMatch(/^HTTP\/1\.1 204 No Content\r\nallow: GET, /);
  expect(world.gateway.takeLoads()[0]).toMatchObject({ requests: 1 });
});

it('a client that goes away while it waits frees its place in the queue', async () => {
  await world.start();
  const client = world.connect();
  client.write('GET / HTTP/1.1\r\nHost: f.test\r\n\r\n');
  await world.until(() => world.hand.demands.at(-1) === 1);
  client.destroy();
  await world.until(() => world.hand.demands.at(-1) === 0);
  expect(world.gateway.metrics()).toContain('requests_waiting 0');
});
