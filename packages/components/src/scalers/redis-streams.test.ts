import { randomUUID } from 'node:crypto';
import { createClient } from '@redis/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scalerContext } from '../testing/scaler-context.ts';
import { startRedis, type TestServer } from '../testing/start-redis.ts';
import { scalerConformance } from './conformance.ts';
import { openScaler } from './open-scaler.ts';
import type { OpenedScaler } from './scaler.ts';

describe('redis-streams', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.close());
  const environment = (): Record<string, string> => ({ PASSWORD: server.password });
  const call = async (...command: string[]): Promise<unknown> => {
    const client = createClient({ url: `redis://${server.address}`, password: server.password });
    await client.connect();
    const answer = await client.sendCommand(command);
    client.destroy();
    return answer;
  };
  const add = async (stream: string, count: number): Promise<void> => {
    for (let index = 0; index < count; index++) await call('XADD', stream, '*', 'n', String(index));
  };
  const take = (stream: string, count: number): Promise<unknown> =>
    call('XREADGROUP', 'GROUP', 'workers', 'one', 'COUNT', String(count), 'STREAMS', stream, '>');

  async function make(): Promise<{ stream: string; metadata: Record<string, string> }> {
    const stream = `stream-${randomUUID()}`;
    await call('XGROUP', 'CREATE', stream, 'workers', '0', 'MKSTREAM');
    return { stream, metadata: { address: server.address, passwordFromEnv: 'PASSWORD', stream } };
  }

  scalerConformance({
    type: 'redis-streams',
    make: async () => {
      const { stream, metadata } = await make();
      return {
        metadata: { ...metadata, consumerGroup: 'workers', lagCount: '5' },
        put: (count) => add(stream, count),
        take: async (count) => void (await take(stream, count)),
      };
    },
    target: 'lagCount',
    activation: 'activationLagCount',
    unreachable: { address: '127.0.0.1:1' },
    environment,
    metricName: ({ stream }) => `redis-streams-${stream}`,
    kill: () => server.kill(),
    start: () => server.start(),
    signal: (signal) => server.signal(signal),
  });

  const open = (metadata: Record<string, string>): Promise<OpenedScaler> =>
    openScaler({ type: 'redis-streams', metadata }, scalerContext({ environment: environment() }));
  const read = async (metadata: Record<string, string>): ReturnType<OpenedScaler['read']> => {
    const scaler = await open(metadata);
    return scaler.read(AbortSignal.timeout(10_000)).finally(() => scaler.close());
  };

  it('counts, by what is given, the lag, what is not acknowledged, or the whole stream', async () => {
    const { stream, metadata } = await make();
    await add(stream, 6);
    await take(stream, 4);
    const group = { ...metadata, consumerGroup: 'workers' };
    expect(await read({ ...group, lagCount: '5' })).toEqual({ value: 2, isActive: true });
    expect(await read({ ...group, lagCount: '5', activationLagCount: '2' })).toEqual({ value: 2, isActive: false });
    expect(await read(group)).toEqual({ value: 4, isActive: true });
    expect(await read(metadata)).toEqual({ value: 6, isActive: true });
  });

  it.each([
    [{}, 5],
    [{ streamLength: '50' }, 50],
    [{ consumerGroup: 'g' }, 5],
    [{ consumerGroup: 'g', pendingEntriesCount: '8' }, 8],
    [{ consumerGroup: 'g', lagCount: '3' }, 3],
  ])('has with %j the target %d', async (metadata, target) => {
    const scaler = await openScaler({ type: 'redis-streams', metadata: { address: 'a:1', stream: 's', ...metadata } }, scalerContext());
    expect(scaler.target).toBe(target);
    await scaler.close();
  });

  it('tells what is without effect beside the others', async () => {
    const context = scalerContext();
    const metadata = { address: 'a:1', stream: 's', consumerGroup: 'g', lagCount: '3', streamLength: '9', pendingEntriesCount: '4' };
    await (await openScaler({ type: 'redis-streams', metadata }, context)).close();
    expect(context.events.map(({ fields }) => fields?.['field'])).toEqual(['pendingEntriesCount', 'streamLength']);
  });

  it('fails where there is no such group, or its lag is not known', async () => {
    const { stream, metadata } = await make();
    await expect(read({ ...metadata, consumerGroup: 'nobody', lagCount: '5' })).rejects.toMatchObject({ code: 'ComponentUnavailable' });
    await expect(read({ ...metadata, consumerGroup: 'nobody' })).rejects.toMatchObject({ code: 'ComponentUnavailable' });
    await add(stream, 3);
    await take(stream, 1);
    const entries = (await call('XRANGE', stream, '-', '+')) as [string, unknown][];
    await call('XDEL', stream, entries[1]?.[0] ?? '');
    await expect(read({ ...metadata, consumerGroup: 'workers', lagCount: '5' })).rejects.toThrow('does not know the lag');
    await expect(open({ ...metadata, lagCount: '5' })).rejects.toThrow('needs consumerGroup');
  });
});
