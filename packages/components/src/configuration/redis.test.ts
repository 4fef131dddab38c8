import { afterAll, beforeAll, describe } from 'vitest';
import { connectRedis, type Redis } from '../redis/connect-redis.ts';
import { redisFields } from '../redis/redis-fields.ts';
import { parseMetadata } from '../metadata/fields.ts';
import { startRedis, type TestServer } from '../testing/start-redis.ts';
import { testContext } from '../testing/test-context.ts';
import { configurationConformance } from './conformance.ts';
import { redisConfiguration } from './redis.ts';

describe('configuration.redis', () => {
  let server: TestServer;
  let redis: Redis;
  const metadata = (): Map<string, string> => new Map(Object.entries({ redisHost: server.address, redisPassword: server.password }));
  beforeAll(async () => {
    server = await startRedis();
    redis = await connectRedis(parseMetadata(redisFields, metadata(), 'test').settings, testContext());
  });
  afterAll(async () => {
    await redis.close();
    await server.close();
  });
  configurationConformance({
    open: () => redisConfiguration.open(metadata(), testContext()),
    put: async (key, value) => void (await (value === undefined ? redis.call('DEL', key) : redis.call('SET', key, value))),
  });
});
