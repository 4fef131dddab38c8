import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GatewayWorld, get, ok } from './testing/gateway-world.ts';

let world: GatewayWorld;
beforeEach(() => {
  world = new GatewayWorld();
});
afterEach(() => world.close());

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
  ...['0x10', '+5', '1_0', '11111111111111111', ' 5', '5 ;a', ';a', '5\n', ''].map((size): [string, string, number] => [
    `chunk size ${JSON.stringify(size)}`,
    `${post('Transfer-Encoding: chunked')}${size}\r\n`,
    400,
  ]),
  ['a chunk extension of 1 MB', `${post('Transfer-Encoding: chunked')}5;${'a'.repeat(1_000_000)}\r\n`, 400],
  ['4,097 bytes of chunk extensions', `${post('Transfer-Encoding: chunked')}${`1;${'a'.repeat(1023)}\r\nx\r\n`.repeat(4)}1;a\r\n`, 400],
  ['a bare LF in a chunk extension', `${post('Transfer-Encoding: chunked')}5;a\nb\r\n`, 400],
  ['a bare CR in a chunk extension', `${post('Transfer-Encoding: chunked')}5;a\rb\r\n`, 400],
  ['NUL in a chunk extension', `${post('Transfer-Encoding: chunked')}5;a\0\r\n`, 400],
  ['a bare LF in trailers', `${post('Transfer-Encoding: chunked')}0\r\nX: 1\n\n`, 400],
  ['a trailer without a name', `${post('Transfer-Encoding: chunked')}0\r\n: 1\r\n\r\n`, 400],
  ['a folded trailer', `${post('Transfer-Encoding: chunked')}0\r\nX: 1\r\n 2\r\n\r\n`, 400],
  ['9 KB of trailers', `${post('Transfer-Encoding: chunked')}0\r\nX: ${'a'.repeat(9000)}\r\n\r\n`, 400],
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
  ['HTTP/1.9', head('GET / HTTP/1.9'), 400],
  ['HTTP/2 in clear', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
  ['CONNECT', 'CONNECT f.test:80 HTTP/1.1\r\nHost: f.test\r\n\r\n', 405],
  ['TRACE', head('TRACE / HTTP/1.1'), 405],
  ['a WebSocket without a key', head('GET / HTTP/1.1', 'Connection: upgrade', 'Upgrade: websocket'), 400],
  ['a Host that is no host name', 'GET / HTTP/1.1\r\nHost: a/b\r\n\r\n', 400],
  ['a Host with user information', 'GET / HTTP/1.1\r\nHost: u@f.test\r\n\r\n', 400],
  ['an absolute form with user information', head('GET http://u@f.test/ HTTP/1.1'), 400],
  ['an absolute form of another scheme', head('GET https://f.test/ HTTP/1.1'), 400],
  ['`*` with another method than OPTIONS', head('POST * HTTP/1.1'), 400],
  ['Transfer-Encoding with HTTP/1.0', head('POST / HTTP/1.0', 'Transfer-Encoding: chunked'), 400],
  ['an unknown coding beside a length', post('Content-Length: 1', 'Transfer-Encoding: gzip'), 400],
  [
    'a WebSocket handshake with a body',
    head('GET / HTTP/1.1', 'Connection: upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Key: x', 'Content-Length: 4'),
    400,
  ],
  ['a method of 40 letters', head(`${'G'.repeat(40)} / HTTP/1.1`), 400],
  ['an unknown method', head('BREW / HTTP/1.1'), 405],
  ['an unknown expectation', head('GET / HTTP/1.1', 'Expect: a-pony'), 417],
];

describe('bad input', () => {
  it.each(bad)('%s gets a clean refusal, and nothing after it is a request', async (_name, bytes, status) => {
    await world.start();
    const recorder = await world.answering('recorder', ok);
    const answer = await world.send(bytes + attack);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer.match(/HTTP\/1\.1 \d/g)).toHaveLength(1);
    expect(answer).toContain('connection: close\r\n');
    expect(answer).not.toMatch(/node:|\.ts:/);
    expect(recorder.seen).not.toContain('/second');
    expect(world.gateway.metrics()).toContain('requests_in_flight 0');
  });

  it('is refused however its bytes are cut', async () => {
    await world.start();
    const recorder = await world.answering('recorder', ok);
    for (const [, bytes, status] of bad.filter(([, text]) => text.length < 300)) {
      const answer = await sendByteByByte(bytes + attack);
      expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
      expect(answer.match(/HTTP\/1\.1 \d/g)).toHaveLength(1);
    }
    expect(recorder.seen).not.toContain('/second');
  }, 20_000);

  it('in the answer of a function is never passed on', async () => {
    const answers = [
      'HTTP/2 200 OK\r\n\r\n',
      'HTTP/1.1 20 OK\r\n\r\n',
      'HTTP/1.1 200 OK\nx: 1\n\n',
      'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab',
      'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n',
      'HTTP/1.1 101 Switching Protocols\r\n\r\n',
      'nonsense, and more of it\r\n\r\n',
    ];
    await world.start();
    for (const [index, bytes] of answers.entries()) {
      const path = await world.upstream(`bad-${index}`, (socket) => socket.write(bytes));
      world.hand.give(world.grant(path));
      const answer = await world.send(get());
      expect(answer).toMatch(/^HTTP\/1\.1 502 /);
      expect(answer).toContain('"UpstreamInvalid"');
      world.hand.give({ ...world.grant(path), slots: 0 });
    }
  });

  it('h2c is not spoken: the request is served as HTTP/1.1, and the function never hears of it', async () => {
    await world.start();
    const recorder = await world.answering('recorder', ok);
    const answer = await world.send(
      head('GET / HTTP/1.1', 'Connection: Upgrade, HTTP2-Settings, close', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__'),
    );
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(recorder.seen).not.toMatch(/upgrade|h2c|http2/i);
  });
});

function sendByteByByte(bytes: string): Promise<string> {
  return new Promise((done) => {
    let answer = '';
    const socket = world.connect();
    socket.setNoDelay(true);
    socket.on('connect', async () => {
      for (const byte of bytes) {
        if (answer !== '') break;
        socket.write(byte, 'latin1');
        await new Promise((next) => setImmediate(next));
      }
    });
    socket.on('data', (data) => (answer += data.toString('latin1')));
    socket.on('error', () => undefined);
    socket.on('close', () => done(answer));
  });
}
