import { randomUUID } from 'node:crypto';
import { createClient } from '@redis/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scalerContext } from '../testing/scaler-context.ts';
import { startRedis, type TestServer } from '../testing/start-redis.ts';
import { scalerConformance } from './conformance.ts';
import { openScaler } from './open-scaler.ts';
import type { ScalerReading } from './scaler.ts';

describe('redis', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.close());
  const environment = (): Record<string, string> => ({ PASSWORD: server.password });
  const call = async (...command: string[]): Promise<void> => {
    const client = createClient({ url: `redis://${server.address}`, password: server.password });
    await client.connect();
    await client.sendCommand(command);
    client.destroy();
  };
  const numbers = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index));

  scalerConformance({
    type: 'redis',
    make: async () => {
      const listName = `list-${randomUUID()}`;
      return {
        metadata: { address: server.address, passwordFromEnv: 'PASSWORD', listName },
        put: (count) => call('RPUSH', listName, ...numbers(count)),
        take: (count) => call('LPOP', listName, String(count)),
      };
    },
    target: 'listLength',
    activation: 'activationListLength',
    unreachable: { address: '127.0.0.1:1' },
    environment,
    metricName: ({ listName }) => `redis-${listName}`,
    kill: () => server.kill(),
    start: () => server.start(),
    signal: (signal) => server.signal(signal),
  });

  const read = async (metadata: Record<string, string>, type = 'redis'): Promise<ScalerReading> => {
    const given = { address: server.address, passwordFromEnv: 'PASSWORD', ...metadata };
    const scaler = await openScaler({ type, metadata: given }, scalerContext({ environment: environment() }));
    return scaler.read(AbortSignal.timeout(10_000)).finally(() => scaler.close());
  };

  it('counts what is used as a list, and says what is none', async () => {
    await call('SADD', 'set', 'a', 'b');
    await call('HSET', 'hash', 'a', '1');
    await call('ZADD', 'sorted', '1', 'a', '2', 'b', '3', 'c');
    await call('XADD', 'stream', '*', 'a', '1');
    for (const [listName, value] of Object.entries({ set: 2, hash: 1, sorted: 3 }))
      expect(await read({ listName })).toEqual({ value, isActive: true });
    await expect(read({ listName: 'stream' })).rejects.toMatchObject({
      code: 'RequestRejected',
      message: expect.stringContaining('redis-streams'),
    });
  });

  it('is also called redis-lists, takes host and port, and keeps databases apart', async () => {
    await call('RPUSH', 'here', 'a');
    const [host = '', port = ''] = server.address.split(':');
    const scaler = await openScaler({ type: 'redis-lists', metadata: { host, port, listName: 'here' } }, scalerContext());
    expect(scaler.target).toBe(5);
    await scaler.close();
    expect(await read({ listName: 'here' }, 'redis-lists')).toEqual({ value: 1, isActive: true });
    expect(await read({ listName: 'here', databaseIndex: '3' })).toEqual({ value: 0, isActive: false });
  });

  it.each([
    [{ password: 'p' }, 'passwordFromEnv'],
    [{ address: 'localhost' }, 'one host:port'],
    [{ address: 'a:1,b:2' }, 'one host:port'],
    [{ host: 'h' }, 'Leave one out'],
    [{ unsafeSsl: 'true' }, 'nobody checks'],
    [{ databaseIndex: '-1' }, 'a whole number'],
  ])('refuses metadata %j', async (metadata, text) => {
    await expect(read({ listName: 'x', ...metadata })).rejects.toThrow(text);
  });

  it('says that it was not let in, and not with which password', async () => {
    const metadata = { address: server.address, passwordFromEnv: 'WRONG', listName: 'x' };
    const scaler = await openScaler({ type: 'redis', metadata }, scalerContext({ environment: { WRONG: 'hush' } }));
    const read = scaler.read(AbortSignal.timeout(10_000));
    await expect(read).rejects.toMatchObject({ code: 'ComponentUnavailable', message: expect.not.stringContaining('hush') });
    await scaler.close();
  });
});
