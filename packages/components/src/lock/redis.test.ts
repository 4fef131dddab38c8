import { afterAll, beforeAll, describe } from 'vitest';
import { startRedis, type TestServer } from '../testing/start-redis.ts';
import { testContext } from '../testing/test-context.ts';
import { lockConformance } from './conformance.ts';
import { redisLock } from './redis.ts';

describe('lock.redis', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.close());
  lockConformance(() =>
    redisLock.open(new Map(Object.entries({ redisHost: server.address, redisPassword: server.password })), testContext()),
  );
});
