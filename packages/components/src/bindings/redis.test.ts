import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startRedis, type TestServer } from '../testing/start-redis.ts';
import { testContext } from '../testing/test-context.ts';
import { bindingConformance } from './conformance.ts';
import { redisBinding } from './redis.ts';

describe('bindings.redis', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.close());
  const open = (): ReturnType<typeof redisBinding.open> =>
    redisBinding.open(new Map(Object.entries({ redisHost: server.address, redisPassword: server.password })), testContext());
  bindingConformance(open);

  it('sets, reads, counts and removes', async () => {
    const binding = await open();
    const key = randomUUID();
    const call = async (operation: string, data = '', metadata: Record<string, string> = {}): Promise<string | undefined> => {
      const answer = await binding.output?.invoke({ operation, data: Buffer.from(data), metadata: { key, ...metadata } });
      return answer?.data && Buffer.from(answer.data).toString();
    };
    await call('create', '41');
    expect([await call('get'), await call('increment'), await call('get')]).toEqual(['41', '42', '42']);
    expect([await call('get', '', { delete: 'true' }), await call('get')]).toEqual(['42', undefined]);
    await call('create', 'text', { ttlInSeconds: '1' });
    await expect(call('increment')).rejects.toMatchObject({ code: 'RequestRejected' });
    await vi.waitFor(async () => expect(await call('get')).toBeUndefined(), { timeout: 5_000 });
    await expect(call('get', '', { key: '' })).rejects.toMatchObject({ code: 'RequestRejected' });
    await binding.close();
  });
});
