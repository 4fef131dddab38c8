import { beforeEach, describe, expect, it } from 'vitest';
import { testContext } from '../testing/test-context.ts';
import { pubsubConformance } from './conformance.ts';
import { inMemoryPubSub } from './in-memory.ts';

describe('pubsub.in-memory', () => {
  let shared: Map<string, unknown>;
  beforeEach(() => {
    shared = new Map();
  });
  const open = (appId: string): ReturnType<typeof inMemoryPubSub.open> => inMemoryPubSub.open(new Map(), testContext({ shared, appId }));
  pubsubConformance({ open, orderedBy: { partitionKey: 'one' } });

  it('refuses to publish rather than to fill the memory for a group that takes nothing', async () => {
    const pubsub = await open('slow');
    const subscription = await pubsub.subscribe({ topic: 't', maxInFlight: 1, deliver: () => new Promise(() => {}) });
    subscription.pause();
    const publishAll = async (): Promise<void> => {
      for (let count = 0; count <= 100_001; count++) await pubsub.publish({ topic: 't', data: Buffer.from('x') });
    };
    await expect(publishAll()).rejects.toMatchObject({ code: 'ComponentUnavailable' });
    await subscription.close(AbortSignal.abort());
  });
});
