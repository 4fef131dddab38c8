import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startRedis, type TestServer } from '../testing/start-redis.ts';
import { testContext } from '../testing/test-context.ts';
import { stateConformance } from './conformance.ts';
import { redisState } from './redis.ts';

describe('state.redis', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.close());
  const open = (more: Record<string, string> = {}): ReturnType<typeof redisState.open> =>
    redisState.open(new Map(Object.entries({ redisHost: server.address, redisPassword: server.password, ...more })), testContext());

  stateConformance(() => open());

  it('fails at once while the server is away, and goes on when it is back', async () => {
    const own = await startRedis();
    const store = await redisState.open(new Map(Object.entries({ redisHost: own.address, redisPassword: own.password })), testContext());
    await own.kill();
    await expect(store.write([{ kind: 'set', key: 'a', value: Buffer.from('1') }])).rejects.toMatchObject({ code: 'ComponentUnavailable' });
    await own.start();
    await expect
      .poll(
        () =>
          store.write([{ kind: 'set', key: 'a', value: Buffer.from('1') }]).then(
            () => true,
            () => false,
          ),
        { timeout: 10_000 },
      )
      .toBe(true);
    await store.close();
    await own.close();
  });

  it('does not open with a wrong password, and repeats none', async () => {
    const opening = open({ redisPassword: 'hunter2' });
    await expect(opening).rejects.toMatchObject({ code: 'ComponentUnavailable' });
    await expect(opening).rejects.not.toThrow('hunter2');
  });

  it('says that it has no clusters', async () => {
    await expect(open({ redisType: 'cluster' })).rejects.toMatchObject({ code: 'OperationNotSupported' });
  });
});
