import { randomUUID } from 'node:crypto';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { canRunPostgres, startPostgres } from '../testing/postgres-server.ts';
import type { TestServer } from '../testing/server-process.ts';
import { testContext } from '../testing/test-context.ts';
import { stateConformance } from './conformance.ts';
import { postgresState, postgresStateV2 } from './postgresql.ts';
import type { StateStore } from './state-store.ts';

describe.runIf(await canRunPostgres())('state.postgresql', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(async () => server.remove());
  const open = (metadata: Record<string, string> = {}, type = postgresState): Promise<StateStore> => {
    const connectionString = `host=127.0.0.1 port=${server.port} user=postgres dbname=postgres sslmode=disable`;
    return type.open(new Map(Object.entries({ connectionString, maxConns: '2', ...metadata })), testContext());
  };

  describe('v1', () => stateConformance(() => open()));
  describe('v2', () => stateConformance(() => open({ tablePrefix: 'v2_' }, postgresStateV2)));

  it('keeps JSON as JSON in v1, whatever text is in it', async () => {
    const store = await open();
    const values = [
      '{"a":[1,2.50,null],"b":"ü"}',
      '"\\u0000"',
      '"\\ud800"',
      '1e400',
      '{"a":1,"a":2}',
      ' 12345678901234567890 ',
      '[',
      '"' + 'x'.repeat(10_000) + '"',
    ];
    for (const text of values) {
      const key = randomUUID();
      expect(await store.write([{ kind: 'set', key, value: Buffer.from(text) }])).toEqual([undefined]);
      const [entry] = await store.read([key]);
      const read = Buffer.from(entry?.value ?? []).toString();
      if (text === '[') expect(read).toBe('[');
      else expect(JSON.parse(read)).toEqual(JSON.parse(text));
    }
    await store.close();
  });

  it('answers while the server is away that it is, and goes on when it is back', async () => {
    const store = await open();
    const key = randomUUID();
    await store.write([{ kind: 'set', key, value: Buffer.from('1') }]);
    await server.kill();
    expect(await store.write([{ kind: 'set', key, value: Buffer.from('2') }])).toMatchObject([{ code: 'ComponentUnavailable' }]);
    await expect(store.read([key])).rejects.toMatchObject({ code: 'ComponentUnavailable' });
    await expect(store.ping()).rejects.toMatchObject({ code: 'ComponentUnavailable' });
    await server.start();
    await vi.waitFor(async () => expect(Buffer.from((await store.read([key]))[0]?.value ?? []).toString()).toBe('1'), { timeout: 15_000 });
    await store.close();
  }, 60_000);

  it('gives up a server that does not answer at all', async () => {
    server.signal('SIGSTOP');
    await expect(open({ timeout: '200ms' }).finally(() => server.signal('SIGCONT'))).rejects.toMatchObject({
      code: 'ComponentUnavailable',
    });
  });

  it('removes what expired', async () => {
    const store = await open({ tableName: 'swept', cleanupInterval: '200ms' });
    await store.write([{ kind: 'set', key: 'gone', value: Buffer.from('1'), ttlSeconds: 0.1 }]);
    const sql = postgres({ host: '127.0.0.1', port: server.port, user: 'postgres', max: 1 });
    await vi.waitFor(async () => expect(await sql`SELECT key FROM swept`).toHaveLength(0), { timeout: 5_000 });
    await Promise.all([store.close(), sql.end()]);
  });

  it.each([
    [{ tableName: 'a; drop table b' }, 'the name of a table'],
    [{ connectionString: 'host=a sslrootcert=/etc/passwd' }, 'connection string'],
    [{ connectionString: 'user=a' }, 'where its server is'],
    [{ useAzureAD: 'true' }, 'Azure AD'],
    [{ awsRegion: 'x' }, 'AWS IAM'],
    [{ queryExecMode: 'other' }, 'one of'],
  ])('refuses metadata %j', async (metadata, text) => {
    await expect(open(metadata)).rejects.toThrow(text);
  });

  it('says what to look at when there is no server', async () => {
    await expect(open({ connectionString: 'postgres://a@127.0.0.1:1/b' })).rejects.toMatchObject({ code: 'ComponentUnavailable' });
  });
});
