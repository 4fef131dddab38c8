import { randomUUID } from 'node:crypto';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canRunPostgres, startPostgres } from '../testing/postgres-server.ts';
import { scalerContext } from '../testing/scaler-context.ts';
import type { TestServer } from '../testing/server-process.ts';
import { scalerConformance } from './conformance.ts';
import { openScaler } from './open-scaler.ts';
import type { OpenedScaler } from './scaler.ts';

describe.runIf(await canRunPostgres())('postgresql', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(() => server.remove());
  const run = async (statement: string): Promise<void> => {
    const sql = postgres({ host: '127.0.0.1', port: server.port, user: 'postgres', max: 1, onnotice: () => undefined });
    await sql.unsafe(statement).finally(() => sql.end());
  };
  const where = (): Record<string, string> => ({
    host: '127.0.0.1',
    port: String(server.port),
    userName: 'postgres',
    dbName: 'postgres',
    sslmode: 'disable',
    targetQueryValue: '5',
  });

  scalerConformance({
    type: 'postgresql',
    make: async () => {
      const table = `jobs_${randomUUID().replaceAll('-', '')}`;
      await run(`CREATE TABLE ${table} (id serial PRIMARY KEY, is_done boolean NOT NULL DEFAULT false)`);
      return {
        metadata: { ...where(), query: `SELECT count(*) FROM ${table} WHERE NOT is_done` },
        put: (count) => run(`INSERT INTO ${table} SELECT FROM generate_series(1, ${count})`),
        take: (count) => run(`UPDATE ${table} SET is_done = true WHERE id IN (SELECT id FROM ${table} WHERE NOT is_done LIMIT ${count})`),
      };
    },
    target: 'targetQueryValue',
    activation: 'activationTargetQueryValue',
    unreachable: { port: '1' },
    metricName: () => 'postgresql',
    kill: () => server.kill(),
    start: () => server.start(),
    signal: (signal) => server.signal(signal),
  });

  const open = (metadata: Record<string, string>, environment: Record<string, string> = {}): Promise<OpenedScaler> =>
    openScaler({ type: 'postgresql', metadata }, scalerContext({ environment }));
  const read = async (query: string, more: Record<string, string> = {}): ReturnType<OpenedScaler['read']> => {
    const scaler = await open({ ...where(), query, ...more });
    return scaler.read(AbortSignal.timeout(20_000)).finally(() => scaler.close());
  };

  it.each([
    ['SELECT 3', 3],
    ['SELECT 2.5::numeric', 2.5],
    ["SELECT '7'::text", 7],
    ['SELECT -1::float8', -1],
    ['SELECT 9::bigint, 1', 9],
    ['SELECT n FROM generate_series(4, 5000000) AS n', 4],
  ])('reads the first number of %s', async (query, value) => {
    expect(await read(query)).toEqual({ value, isActive: value > 0 });
  });

  it('is active above a fraction', async () => {
    expect((await read('SELECT 2.5', { activationTargetQueryValue: '2.5' })).isActive).toBe(false);
    expect((await read('SELECT 2.51', { activationTargetQueryValue: '2.5' })).isActive).toBe(true);
  });

  it.each([
    ['SELECT NULL', 'null'],
    ["SELECT 'many'", 'not a number'],
    ['SELECT true', 'not a number'],
    ['SELECT 1 WHERE false', 'no row'],
    ['SELECT 1; DROP TABLE jobs', 'cannot insert multiple commands'],
    ['SELEC 1', 'syntax error'],
  ])('refuses what %s answers', async (query, text) => {
    await expect(read(query)).rejects.toMatchObject({ code: 'RequestRejected', message: expect.stringContaining(text) });
  });

  it('goes on after a query that failed, and after one that the server had to end', async () => {
    const scaler = await open({ ...where(), query: 'SELECT count(*) FROM to_come' });
    const signal = (): AbortSignal => AbortSignal.timeout(20_000);
    await expect(scaler.read(signal())).rejects.toMatchObject({ code: 'RequestRejected' });
    await run('CREATE TABLE to_come ()');
    expect(await scaler.read(signal())).toEqual({ value: 0, isActive: false });
    await scaler.close();
    const slow = await open({ ...where(), query: 'SELECT 1 FROM pg_sleep(60)' });
    const begun = performance.now();
    await expect(slow.read(signal())).rejects.toMatchObject({ message: expect.stringContaining('Trigger "postgresql"') });
    expect(performance.now() - begun).toBeLessThan(11_000);
    await slow.close();
  }, 40_000);

  it('takes a connection string from a variable only', async () => {
    const rest = { query: 'SELECT 1', targetQueryValue: '1' };
    const connection = `postgres://postgres@127.0.0.1:${server.port}/postgres?sslmode=disable`;
    await expect(open({ ...rest, connection })).rejects.toThrow('connectionFromEnv');
    const scaler = await open({ ...rest, connectionFromEnv: 'URL' }, { URL: connection });
    expect(await scaler.read(AbortSignal.timeout(10_000))).toEqual({ value: 1, isActive: true });
    await scaler.close();
  });

  it.each([
    [{ host: undefined }, 'nothing says where its server is'],
    [{ query: undefined }, 'lacks "query"'],
    [{ targetQueryValue: undefined }, 'lacks "targetQueryValue"'],
    [{ sslmode: 'sometimes' }, 'one of: disable'],
    [{ password: 'p' }, 'passwordFromEnv'],
  ])('refuses metadata %j', async (metadata, text) => {
    const given = Object.entries({ ...where(), query: 'SELECT 1', ...metadata });
    const present = given.filter((entry): entry is [string, string] => entry[1] !== undefined);
    await expect(open(Object.fromEntries(present))).rejects.toThrow(text);
  });
});
