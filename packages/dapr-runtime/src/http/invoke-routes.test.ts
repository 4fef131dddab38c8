import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { testApp, type TestApp } from '../testing/test-app.ts';
import { testRuntime, type TestRuntime } from '../testing/test-runtime.ts';

describe('calls between apps', () => {
  let runtime: TestRuntime;
  let callee: TestApp;
  let url: string;
  let port: number;
  beforeEach(async () => {
    runtime = testRuntime();
    callee = await testApp(({ path }) => (path === '/teapot' ? { status: 418, body: 'short' } : { body: 'answer' }));
    await (
      await runtime.app({ id: 'callee', app: { port: callee.port, token: 'of-the-callee' } })
    ).app.delivering;
    const caller = await runtime.app({ id: 'caller', token: 'of-the-caller' });
    ({ url } = caller);
    port = caller.server.port;
  });
  afterEach(async () => {
    await runtime.close();
    await callee.close();
  });
  const token = { 'dapr-api-token': 'of-the-caller' };

  it('carries method, path, query, headers, body and status', async () => {
    const response = await fetch(`${url}/v1.0/invoke/callee/method/a/b%20c?x=1&y=%2F`, {
      method: 'PUT',
      headers: { ...token, 'x-mine': 'yes', 'content-type': 'text/plain' },
      body: 'data',
    });
    expect([response.status, await response.text()]).toEqual([200, 'answer']);
    expect(callee.seen.at(-1)).toMatchObject({
      method: 'PUT',
      path: '/a/b%20c?x=1&y=%2F',
      body: 'data',
      headers: {
        'x-mine': 'yes',
        'content-type': 'text/plain',
        'dapr-caller-app-id': 'caller',
        traceparent: expect.stringMatching(/^00-/),
      },
    });
    const teapot = await fetch(`${url}/v1.0/invoke/callee/method/teapot`, { headers: token });
    expect([teapot.status, await teapot.text()]).toEqual([418, 'short']);
  });

  it('never hands the token of the caller to the callee, and says itself who calls', async () => {
    await fetch(`${url}/v1.0/invoke/callee/method/a`, { headers: { ...token, 'dapr-caller-app-id': 'admin' } });
    expect(callee.seen.at(-1)?.headers).toMatchObject({ 'dapr-api-token': 'of-the-callee', 'dapr-caller-app-id': 'caller' });
  });

  it('calls by the header too, with any path', async () => {
    const response = await fetch(`${url}/orders/7`, { headers: { ...token, 'dapr-app-id': 'callee' } });
    expect(response.status).toBe(200);
    expect(callee.seen.at(-1)?.path).toBe('/orders/7');
  });

  it.each(['x%2Fy', 'configuration/a', 'state/a/b', 'v1.0/healthz', 'a:b@c,d;e=f'])('keeps the path %s as it is', async (path) => {
    expect((await fetch(`${url}/v1.0/invoke/callee/method/${path}`, { headers: token })).status).toBe(200);
    expect(callee.seen.at(-1)?.path).toBe(`/${path}`);
  });

  it.each(['admin%2F..%2Fpublic', 'a/../b', 'a/%2e%2e/b', 'a%00', 'a%1f', 'a%23b', 'a%3Fb', 'a#b', 'a\\b', '%c0%ae'])(
    'refuses the path %s',
    async (path) => {
      const before = callee.seen.length;
      const status = await new Promise((resolve) =>
        request({ port, path: `/v1.0/invoke/callee/method/${path}`, headers: token }, (response) =>
          resolve(response.resume().statusCode),
        ).end(),
      );
      expect(status).toBe(400);
      expect(callee.seen).toHaveLength(before);
    },
  );

  it.each(['absent', 'callee.other-namespace', '', 'http:%2F%2F127.0.0.1'])('finds no app %j', async (name) => {
    const response = await fetch(`${url}/v1.0/invoke/${name}/method/a`, { headers: token });
    expect([response.status, ((await response.json()) as { errorCode: string }).errorCode]).toEqual([500, 'ERR_DIRECT_INVOKE']);
  });

  it('answers while the body still comes, both ways', async () => {
    const server = createServer((incoming, outgoing) => {
      outgoing.writeHead(200);
      incoming.on('data', (chunk) => outgoing.write(`got ${String(chunk)}`));
      incoming.on('end', () => outgoing.end());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    await runtime.app({ id: 'echo', app: { port: (server.address() as AddressInfo).port } });
    const got: string[] = [];
    await new Promise<void>((resolve) => {
      const sent = request({ port, method: 'POST', path: '/v1.0/invoke/echo/method/x', headers: token }, (response) => {
        response.on('data', (chunk) => {
          got.push(String(chunk));
          if (got.length === 1) sent.end('two');
        });
        response.on('end', resolve);
      });
      sent.write('one');
    });
    expect(got.join('')).toBe('got onegot two');
    await new Promise((resolve) => server.close(resolve));
  });
});
