import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { done } from '../delivery/delivery.ts';
import { startRedis, type TestServer } from '../testing/start-redis.ts';
import { testContext } from '../testing/test-context.ts';
import { pubsubConformance } from './conformance.ts';
import { redisPubSub } from './redis.ts';

describe('pubsub.redis', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.close());
  const open = (appId: string, at: TestServer = server, more: Record<string, string> = {}): ReturnType<typeof redisPubSub.open> =>
    redisPubSub.open(
      new Map(
        Object.entries({
          redisHost: at.address,
          redisPassword: at.password,
          processingTimeout: '500ms',
          redeliverInterval: '200ms',
          ...more,
        }),
      ),
      testContext({ appId }),
    );

  pubsubConformance({ open: (appId) => open(appId) });

  it('lets a slow handler finish although it takes longer than the time after which others take over', async () => {
    const [app, topic] = [randomUUID(), randomUUID()];
    const started: string[] = [];
    let finish = (): void => {};
    const deliver = async (): Promise<[typeof done]> => {
      started.push('x');
      await new Promise<void>((resolve) => (finish = resolve));
      return [done];
    };
    const consumers = [await open(app), await open(app)];
    for (const consumer of consumers) await consumer.subscribe({ topic, maxInFlight: 1, deliver });
    const marker = randomUUID();
    const seen: number[] = [];
    await consumers[0]?.publish({ topic, data: Buffer.from('slow') });
    await vi.waitFor(() => expect(started).toHaveLength(1));
    // Three times the timeout of the group, told by another topic of the same server.
    const ticker = await open(marker);
    const at = Date.now();
    await ticker.subscribe({
      topic: marker,
      maxInFlight: 1,
      deliver: async () => {
        seen.push(Date.now());
        return [Date.now() - at > 1_500 ? done : { kind: 'retry' }];
      },
    });
    await ticker.publish({ topic: marker, data: Buffer.from('tick') });
    await vi.waitFor(() => expect((seen.at(-1) ?? at) - at).toBeGreaterThan(1_500), { timeout: 15_000, interval: 20 });
    expect(started).toHaveLength(1);
    finish();
    await Promise.all([...consumers, ticker].map((each) => each.close()));
  });

  it('loses no acknowledged message when the server is killed and comes back', async () => {
    const own = await startRedis();
    const pubsub = await open('app', own);
    const handled = new Set<string>();
    await pubsub.subscribe({
      topic: 't',
      maxInFlight: 4,
      deliver: async (batch) =>
        batch.map(({ data }) => {
          handled.add(Buffer.from(data).toString());
          return done;
        }),
    });
    const accepted: string[] = [];
    const publish = async (text: string): Promise<void> => {
      await pubsub.publish({ topic: 't', data: Buffer.from(text) }).then(
        () => accepted.push(text),
        () => {},
      );
    };
    for (let index = 0; index < 50; index++) await publish(`before ${index}`);
    const killing = own.kill();
    for (let index = 0; index < 50; index++) await publish(`while ${index}`);
    await killing;
    await expect(pubsub.publish({ topic: 't', data: Buffer.from('away') })).rejects.toMatchObject({ code: 'ComponentUnavailable' });
    await own.start();
    await vi.waitFor(
      async () => {
        await publish(`after ${accepted.length}`);
        expect(accepted.some((text) => text.startsWith('after'))).toBe(true);
      },
      { timeout: 15_000, interval: 50 },
    );
    await vi.waitFor(() => expect(accepted.filter((text) => !handled.has(text))).toEqual([]), { timeout: 15_000, interval: 50 });
    await pubsub.close();
    await own.close();
  });
});
