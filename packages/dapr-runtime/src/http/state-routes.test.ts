import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { component, testRuntime, type TestRuntime } from '../testing/test-runtime.ts';

describe('state over HTTP', () => {
  let runtime: TestRuntime;
  let url: string;
  beforeEach(async () => {
    runtime = testRuntime();
    ({ url } = await runtime.app({ id: 'orders', yaml: component('store', 'state.in-memory') }));
  });
  afterEach(() => runtime.close());

  const call = async (
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; body: string; etag: string | null }> => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.text(), etag: response.headers.get('etag') };
  };
  const codeOf = async (answer: ReturnType<typeof call>): Promise<[number, string]> => {
    const { status, body } = await answer;
    return [status, (JSON.parse(body) as { errorCode: string }).errorCode];
  };

  it('saves, reads, and removes', async () => {
    expect(
      (
        await call('POST', '/v1.0/state/store', [
          { key: 'a', value: { n: 1 } },
          { key: 'b', value: 'text' },
        ])
      ).status,
    ).toBe(204);
    expect(await call('GET', '/v1.0/state/store/a')).toMatchObject({ status: 200, body: '{"n":1}' });
    expect((await call('GET', '/v1.0/state/store/b')).body).toBe('"text"');
    expect((await call('DELETE', '/v1.0/state/store/a')).status).toBe(204);
    expect(await call('GET', '/v1.0/state/store/a')).toMatchObject({ status: 204, body: '' });
  });

  it('reads many, and names those that are not there', async () => {
    await call('POST', '/v1.0/state/store', [{ key: 'a', value: 1 }]);
    const { status, body } = await call('POST', '/v1.0/state/store/bulk', { keys: ['a', 'absent'], parallelism: 10 });
    expect([status, JSON.parse(body)]).toEqual([200, [{ key: 'a', data: 1, etag: expect.any(String) }, { key: 'absent' }]]);
  });

  it('answers 409 to the later of two writers with one etag', async () => {
    await call('POST', '/v1.0/state/store', [{ key: 'a', value: 1 }]);
    const etag = (await call('GET', '/v1.0/state/store/a')).etag ?? '';
    expect((await call('POST', '/v1.0/state/store', [{ key: 'a', value: 2, etag }])).status).toBe(204);
    expect(await codeOf(call('POST', '/v1.0/state/store', [{ key: 'a', value: 3, etag }]))).toEqual([409, 'ERR_STATE_SAVE']);
    expect(await codeOf(call('DELETE', '/v1.0/state/store/a', undefined, { 'if-match': etag }))).toEqual([409, 'ERR_STATE_DELETE']);
    expect(await codeOf(call('POST', '/v1.0/state/store', [{ key: 'a', value: 3, options: { concurrency: 'first-write' } }]))).toEqual([
      409,
      'ERR_STATE_SAVE',
    ]);
  });

  it('does a transaction whole or not at all', async () => {
    await call('POST', '/v1.0/state/store', [{ key: 'old', value: 1 }]);
    const upsert = { operation: 'upsert', request: { key: 'new', value: 2 } };
    const remove = { operation: 'delete', request: { key: 'old' } };
    expect((await call('POST', '/v1.0/state/store/transaction', { operations: [upsert, remove] })).status).toBe(204);
    expect((await call('GET', '/v1.0/state/store/new')).body).toBe('2');
    const stale = { operation: 'delete', request: { key: 'new', etag: '999999' } };
    expect(
      await codeOf(call('PUT', '/v1.0/state/store/transaction', { operations: [{ ...upsert, request: { key: 'x', value: 1 } }, stale] })),
    ).toEqual([409, 'ERR_STATE_TRANSACTION']);
    expect((await call('GET', '/v1.0/state/store/x')).status).toBe(204);
    expect(await codeOf(call('POST', '/v1.0/state/store/transaction', { operations: [{ operation: 'swap' }] }))).toEqual([
      400,
      'ERR_NOT_SUPPORTED_STATE_OPERATION',
    ]);
  });

  it('keeps the keys of apps apart, unless the component says otherwise', async () => {
    const yaml = component('store', 'state.in-memory') + component('common', 'state.in-memory', { keyPrefix: 'none' });
    const [left, right] = [await runtime.app({ id: 'left', yaml }), await runtime.app({ id: 'right', yaml })];
    for (const store of ['store', 'common'])
      await fetch(`${left.url}/v1.0/state/${store}`, { method: 'POST', body: '[{"key":"k","value":1}]' });
    expect((await fetch(`${right.url}/v1.0/state/store/k`)).status).toBe(204);
    expect((await fetch(`${right.url}/v1.0/state/common/k`)).status).toBe(200);
  });

  it.each([
    ['no store of that name', 'GET', '/v1.0/state/other/a', undefined, 400, 'ERR_STATE_STORE_NOT_FOUND'],
    ['a store named ".."', 'GET', '/v1.0/state/%2e%2e%2fother/a', undefined, 400, 'ERR_BAD_REQUEST'],
    ['a key with ||', 'GET', '/v1.0/state/store/other||a', undefined, 400, 'ERR_MALFORMED_REQUEST'],
    ['an encoded key with ||', 'GET', '/v1.0/state/store/other%7C%7Ca', undefined, 400, 'ERR_MALFORMED_REQUEST'],
    ['an item with ||', 'POST', '/v1.0/state/store', [{ key: 'other||a', value: 1 }], 400, 'ERR_MALFORMED_REQUEST'],
    ['a key with NUL', 'POST', '/v1.0/state/store', [{ key: 'a\0', value: 1 }], 400, 'ERR_MALFORMED_REQUEST'],
    ['an encoded NUL', 'GET', '/v1.0/state/store/a%00', undefined, 400, 'ERR_BAD_REQUEST'],
    ['an empty key', 'POST', '/v1.0/state/store', [{ key: '', value: 1 }], 400, 'ERR_MALFORMED_REQUEST'],
    ['a key of a megabyte', 'POST', '/v1.0/state/store', [{ key: 'k'.repeat(1e6), value: 1 }], 400, 'ERR_MALFORMED_REQUEST'],
    ['no JSON', 'POST', '/v1.0/state/store', '[{', 400, 'ERR_MALFORMED_REQUEST'],
    ['no list', 'POST', '/v1.0/state/store', {}, 400, 'ERR_MALFORMED_REQUEST'],
    [
      'a depth of 100,000',
      'POST',
      '/v1.0/state/store',
      `[{"key":"a","value":${'['.repeat(1e5)}${']'.repeat(1e5)}}]`,
      400,
      'ERR_MALFORMED_REQUEST',
    ],
    ['a numeric etag', 'POST', '/v1.0/state/store', [{ key: 'a', value: 1, etag: 7 }], 400, 'ERR_MALFORMED_REQUEST'],
    ['an etag of *', 'POST', '/v1.0/state/store', [{ key: 'a', value: 1, etag: '*' }], 409, 'ERR_STATE_SAVE'],
    ['a ttl of -2', 'POST', '/v1.0/state/store', [{ key: 'a', value: 1, metadata: { ttlInSeconds: '-2' } }], 400, 'ERR_MALFORMED_REQUEST'],
    ['a ttl of no number', 'POST', '/v1.0/state/store?metadata.ttlInSeconds=soon', [{ key: 'a', value: 1 }], 400, 'ERR_MALFORMED_REQUEST'],
    [
      'another concurrency',
      'POST',
      '/v1.0/state/store',
      [{ key: 'a', value: 1, options: { concurrency: 'mine' } }],
      400,
      'ERR_MALFORMED_REQUEST',
    ],
    ['another consistency', 'GET', '/v1.0/state/store/a?consistency=maybe', undefined, 400, 'ERR_MALFORMED_REQUEST'],
    ['another method', 'PATCH', '/v1.0/state/store/a', undefined, 405, 'ERR_NOT_FOUND'],
    ['a query', 'POST', '/v1.0-alpha1/state/store/query', {}, 500, 'ERR_STATE_STORE_NOT_SUPPORTED'],
  ])('refuses %s', async (_what, method, path, body, status, code) => {
    expect(await codeOf(call(method, path, body))).toEqual([status, code]);
  });

  it('takes keys of any letters, a slash too', async () => {
    for (const key of ['a/b', 'ü漢', '%41', '__proto__', 'constructor', 'a b']) {
      await call('POST', '/v1.0/state/store', [{ key, value: key }]);
      expect((await call('GET', `/v1.0/state/store/${encodeURIComponent(key)}`)).body).toBe(JSON.stringify(key));
    }
  });

  it('takes a ttl of 1e12 seconds and one of -1', async () => {
    for (const ttlInSeconds of ['1000000000000', '-1'])
      expect((await call('POST', '/v1.0/state/store', [{ key: 'a', value: 1, metadata: { ttlInSeconds } }])).status).toBe(204);
    expect((await call('GET', '/v1.0/state/store/a')).status).toBe(200);
  });

  it('says apart whether there is no store of the name or none at all', async () => {
    const bare = await runtime.app({ id: 'bare' });
    const response = await fetch(`${bare.url}/v1.0/state/store/a`);
    expect([response.status, ((await response.json()) as { errorCode: string }).errorCode]).toEqual([
      500,
      'ERR_STATE_STORE_NOT_CONFIGURED',
    ]);
  });
});
