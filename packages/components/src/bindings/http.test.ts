import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testContext } from '../testing/test-context.ts';
import type { Binding } from './binding.ts';
import { bindingConformance } from './conformance.ts';
import { httpBinding } from './http.ts';

describe('bindings.http', () => {
  bindingConformance(() => httpBinding.open(new Map([['url', 'http://127.0.0.1:1']]), testContext()));

  let server: Server;
  let url: string;
  const seen: { method?: string; path?: string; body: string; headers: IncomingMessage['headers'] }[] = [];
  beforeAll(async () => {
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += String(chunk)));
      request.on('end', () => {
        seen.push({ method: request.method, path: request.url, body, headers: request.headers });
        const status = Number(/status=(\d+)/.exec(request.url ?? '')?.[1] ?? 200);
        response.writeHead(status, { 'content-type': 'text/plain', 'x-answer': 'yes' }).end('answer');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => new Promise((resolve) => server.close(resolve)));

  async function call(
    operation: string,
    metadata: Record<string, string> = {},
    data = '',
    settings: Record<string, string> = {},
  ): ReturnType<NonNullable<Binding['output']>['invoke']> {
    const binding = await httpBinding.open(new Map(Object.entries({ url: `${url}/base`, ...settings })), testContext());
    try {
      return await (binding.output as NonNullable<Binding['output']>).invoke({ operation, metadata, data: Buffer.from(data) });
    } finally {
      await binding.close();
    }
  }

  it('sends method, path, query, headers and body, and tells the answer', async () => {
    const answer = await call('post', { path: '/orders?x=1', 'X-Kind': 'new', small: 'no header', traceparent: '00-1-2-01' }, '{"a":1}');
    expect(Buffer.from(answer.data ?? []).toString()).toBe('answer');
    expect(answer.metadata).toMatchObject({ statusCode: '200', 'x-answer': 'yes' });
    expect(seen.at(-1)).toMatchObject({
      method: 'POST',
      path: '/base/orders?x=1',
      body: '{"a":1}',
      headers: { 'x-kind': 'new', traceparent: '00-1-2-01' },
    });
    expect(seen.at(-1)?.headers).not.toHaveProperty('small');
  });

  it('sends a text as text, although it arrives as JSON', async () => {
    await call('create', {}, '"plain"');
    expect(seen.at(-1)).toMatchObject({ method: 'POST', path: '/base', body: 'plain' });
  });

  it.each(['@elsewhere.test/x', '//elsewhere.test/x', 'http://elsewhere.test/x', '\\\\elsewhere.test'])(
    'stays at its host with the path %s',
    async (path) => {
      await call('get', { path });
      expect(seen.at(-1)?.path).toMatch(/^\/base\//);
    },
  );

  it.each(['../admin', 'a/../../admin', '%2e%2e/admin'])('refuses the path %s, which leaves its URL', async (path) => {
    await expect(call('get', { path })).rejects.toMatchObject({ code: 'RequestRejected' });
  });

  it('takes an answer that is not 2xx for an error, unless it is asked not to', async () => {
    await expect(call('get', { path: '?status=404' })).rejects.toMatchObject({ code: 'RequestRejected' });
    await expect(call('get', { path: '?status=503' })).rejects.toMatchObject({ code: 'ComponentUnavailable' });
    expect((await call('get', { path: '?status=404', errorIfNot2XX: 'false' })).metadata?.['statusCode']).toBe('404');
    expect((await call('get', { path: '?status=404' }, '', { errorIfNot2XX: 'false' })).metadata?.['statusCode']).toBe('404');
  });

  it('reads no more of an answer than was allowed', async () => {
    await expect(call('get', {}, '', { maxResponseBodySize: '5' })).rejects.toThrow('maxResponseBodySize');
  });

  it('says that nobody answers', async () => {
    await expect(call('get', {}, '', { url: 'http://127.0.0.1:1' })).rejects.toMatchObject({ code: 'ComponentUnavailable' });
  });

  it('refuses what is no URL of HTTP, and what it cannot do', async () => {
    await expect(call('get', {}, '', { url: 'file:///etc/passwd' })).rejects.toMatchObject({ code: 'ComponentInvalid' });
    await expect(call('connect')).rejects.toMatchObject({ code: 'OperationNotSupported' });
  });
});
