import { createServer, request, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { guardProxy, type GuardProxy } from './guard-proxy.ts';
import { sourceGuard } from './source-guard.ts';

let origin: Server;
let port = 0;
let proxy: GuardProxy;
beforeEach(async () => {
  origin = createServer((asked, answer) => answer.end(JSON.stringify([asked.url, asked.headers['proxy-authorization'] ?? null])));
  await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', resolve));
  ({ port } = origin.address() as AddressInfo);
  proxy = await guardProxy({ guard: sourceGuard([]), trusted: [] });
});
afterEach(async () => {
  await proxy.close();
  origin.closeAllConnections();
  origin.close();
});

function authorization({ url }: GuardProxy): string {
  const { username, password } = new URL(url);
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** Asks for an address as a program does that uses the proxy for http. */
function get(through: GuardProxy, address: string, given = authorization(through)): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const { port: at } = new URL(through.url);
    const sent = request({ host: '127.0.0.1', port: at, path: address, headers: { 'proxy-authorization': given } }, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (text: string) => (body += text));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body }));
    });
    sent.on('error', reject);
    sent.end();
  });
}

/** The first line of the answer to CONNECT. */
function tunnel(through: GuardProxy, target: string, given = authorization(through)): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(through.url).port), '127.0.0.1', () =>
      socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\nProxy-Authorization: ${given}\r\n\r\n`),
    );
    socket.on('data', (chunk) => {
      resolve(chunk.toString('latin1').split('\r\n')[0] ?? '');
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

it('serves nobody but the build that it was made for', async () => {
  for (const given of ['', 'Basic x', authorization(proxy).toLowerCase()]) {
    expect((await get(proxy, 'http://example.test/', given)).status).toBe(407);
    expect(await tunnel(proxy, 'example.test:443', given)).toContain('407');
  }
});

it.each([
  '127.0.0.1',
  'localhost',
  '2130706433',
  '127.1',
  '0',
  '169.254.169.254',
  '[::1]',
  '[::ffff:127.0.0.1]',
  'metadata.google.internal',
])('does not lead to %s', async (host) => {
  expect((await get(proxy, `http://${host}:${port}/x`)).status).toBeGreaterThanOrEqual(403);
  expect(await tunnel(proxy, `${host}:${port}`)).toMatch(/ (?:403|502) /);
  expect(proxy.refusals).toHaveLength(2);
  expect(proxy.refusals[0]).toContain('build.allowedAddresses');
});

it('leads to what an operator named, without showing its own password there', async () => {
  const trusting = await guardProxy({ guard: sourceGuard([]), trusted: [`127.0.0.1:${port}`] });
  try {
    expect(await get(trusting, `http://127.0.0.1:${port}/a?b`)).toEqual({ status: 200, body: '["/a?b",null]' });
    expect(await tunnel(trusting, `127.0.0.1:${port}`)).toContain('200');
    expect(await tunnel(trusting, '127.0.0.1:1')).toContain('403');
  } finally {
    await trusting.close();
  }
});

it('answers what is no address with an error, and goes on', async () => {
  expect((await get(proxy, '/no-proxy-request')).status).toBeGreaterThanOrEqual(400);
  expect(await tunnel(proxy, 'not a target')).toMatch(/ 4\d\d /);
  expect((await get(proxy, 'ftp://example.test/')).status).toBe(400);
});
