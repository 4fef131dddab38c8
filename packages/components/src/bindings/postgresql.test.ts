import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canRunPostgres, startPostgres } from '../testing/postgres-server.ts';
import type { TestServer } from '../testing/server-process.ts';
import { testContext } from '../testing/test-context.ts';
import type { Binding, BindingResponse } from './binding.ts';
import { postgresBinding } from './postgresql.ts';

describe.runIf(await canRunPostgres())('bindings.postgresql', () => {
  let server: TestServer;
  let binding: Binding;
  beforeAll(async () => {
    server = await startPostgres();
    const metadata = new Map([['connectionString', `postgres://postgres@127.0.0.1:${server.port}/postgres`]]);
    binding = await postgresBinding.open(metadata, testContext());
  }, 60_000);
  afterAll(async () => {
    await binding.close();
    await server.remove();
  });
  const call = async (operation: string, sql?: string, params?: unknown): Promise<BindingResponse> => {
    const metadata = {
      ...(sql === undefined ? {} : { sql }),
      ...(params === undefined ? {} : { params: typeof params === 'string' ? params : JSON.stringify(params) }),
    };
    return (await binding.output?.invoke({ operation, metadata, data: Buffer.from('') })) ?? {};
  };

  it('changes rows, says how many, and reads them as a list of lists', async () => {
    await call('exec', 'CREATE TABLE foo (id bigint, v text, doc jsonb, raw bytea)');
    const { metadata } = await call('exec', `INSERT INTO foo VALUES ($1, $2, $3, '\\x00ff'), ($4, NULL, NULL, NULL)`, [
      1,
      "a'b",
      { n: [1] },
      2,
    ]);
    expect(metadata).toMatchObject({ operation: 'exec', 'rows-affected': '2' });
    const { data, contentType } = await call('query', 'SELECT id, v, doc, raw FROM foo WHERE id < $1 ORDER BY id', [10]);
    expect(contentType).toBe('application/json');
    expect(JSON.parse(Buffer.from(data ?? []).toString())).toEqual([
      [1, "a'b", { n: [1] }, 'AP8='],
      [2, null, null, null],
    ]);
    const { data: asText } = await call('query', 'SELECT $1::text', [{ n: 1 }]);
    expect(Buffer.from(asText ?? []).toString()).toBe(String.raw`[["{\"n\":1}"]]`);
  });

  it.each([
    ['exec', undefined, undefined, 'RequestRejected'],
    ['query', 'SELEC 1', undefined, 'RequestRejected'],
    ['query', 'SELECT $1', '{"a":1}', 'RequestRejected'],
    ['query', 'SELECT $1', 'nonsense', 'RequestRejected'],
    ['toString', 'SELECT 1', undefined, 'OperationNotSupported'],
  ])('refuses %s of %j with %j', async (operation, sql, params, code) => {
    await expect(call(operation, sql, params)).rejects.toMatchObject({ code });
  });
});
