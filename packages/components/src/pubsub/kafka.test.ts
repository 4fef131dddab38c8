import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ComponentEvent } from '../component-context.ts';
import { done, type Delivery } from '../delivery/delivery.ts';
import { canRunKafka, startKafka } from '../testing/kafka-server.ts';
import type { TestServer } from '../testing/server-process.ts';
import { testContext } from '../testing/test-context.ts';
import { pubsubConformance } from './conformance.ts';
import { kafkaPubSub } from './kafka.ts';
import type { PubSub } from './pubsub.ts';

const patience = { timeout: 45_000, interval: 20 };
const textOf = ({ data }: Delivery): string => Buffer.from(data).toString();

describe.runIf(await canRunKafka())('pubsub.kafka', () => {
  let kafka: TestServer;
  let opened: PubSub[] = [];
  beforeAll(async () => {
    kafka = await startKafka();
  }, 90_000);
  afterAll(async () => kafka.remove());
  afterEach(async () => {
    await Promise.all(opened.map((each) => each.close()));
    opened = [];
  });
  const open = async (
    appId: string,
    metadata: Record<string, string> = {},
    report = (_event: ComponentEvent): void => {},
  ): Promise<PubSub> => {
    const given = { brokers: `127.0.0.1:${kafka.port}`, authType: 'none', heartbeatInterval: '300ms', ...metadata };
    const pubsub = await kafkaPubSub.open(new Map(Object.entries(given)), testContext({ appId, report }));
    opened.push(pubsub);
    return pubsub;
  };

  pubsubConformance({ open, orderedBy: { partitionKey: 'one' } });

  it('begins a new group where initialOffset says, and an older one where it was', async () => {
    const topic = `topic-${randomUUID()}`;
    const publisher = await open('publisher');
    await publisher.publish({ topic, data: Buffer.from('early') });
    const read = async (group: string, initialOffset: string): Promise<{ texts: string[]; close(): Promise<void> }> => {
      const texts: string[] = [];
      const pubsub = await open(group, { initialOffset });
      const { close } = await pubsub.subscribe({
        topic,
        maxInFlight: 5,
        deliver: async (batch) => {
          texts.push(...batch.map(textOf));
          return batch.map(() => done);
        },
      });
      return { texts, close };
    };
    const [oldest, newest] = [await read('from-oldest', 'oldest'), await read('from-newest', 'newest')];
    await publisher.publish({ topic, data: Buffer.from('late') });
    await vi.waitFor(() => expect([oldest.texts.toSorted(), newest.texts]).toEqual([['early', 'late'], ['late']]), patience);
    await Promise.all([oldest.close(), newest.close()]);
    await publisher.publish({ topic, data: Buffer.from('meanwhile') });
    const again = await read('from-newest', 'newest');
    await vi.waitFor(() => expect(again.texts).toEqual(['meanwhile']), patience);
  });

  it('tells key, place and headers of a message', async () => {
    const topic = `topic-${randomUUID()}`;
    const pubsub = await open('headers');
    const deliveries: Delivery[] = [];
    await pubsub.subscribe({
      topic,
      maxInFlight: 5,
      deliver: async (batch) => {
        deliveries.push(...batch);
        return batch.map(() => done);
      },
    });
    await pubsub.publish({
      topic,
      data: Buffer.from('{}'),
      contentType: 'application/json',
      metadata: { partitionKey: 'k', colour: 'blue' },
    });
    await vi.waitFor(() => expect(deliveries).toHaveLength(1), patience);
    expect(deliveries[0]).toMatchObject({
      contentType: 'application/json',
      metadata: { __key: 'k', colour: 'blue', __topic: topic, __offset: '0' },
    });
    expect(deliveries[0]?.id).toBe(`${topic}/${deliveries[0]?.metadata['__partition']}/0`);
  });

  it('gives to a consumer that joins what another of the group holds and has not handled', async () => {
    const topic = `topic-${randomUUID()}`;
    const [publisher, stuck, quick] = [await open('publisher'), await open('rebalanced'), await open('rebalanced')];
    const held = new Set<string>();
    const subscription = await stuck.subscribe({
      topic,
      maxInFlight: 100,
      deliver: (batch) => {
        for (const delivery of batch) held.add(delivery.metadata['__partition'] ?? '');
        return new Promise(() => {});
      },
    });
    const texts = Array.from({ length: 60 }, (_, index) => String(index));
    for (const text of texts) await publisher.publish({ topic, data: Buffer.from(text), metadata: { partitionKey: text } });
    await vi.waitFor(() => expect(held.size).toBe(6), patience);
    const handled = new Set<string>();
    await quick.subscribe({
      topic,
      maxInFlight: 10,
      deliver: async (batch) => {
        for (const delivery of batch) handled.add(textOf(delivery));
        return batch.map(() => done);
      },
    });
    await vi.waitFor(() => expect(handled.size).toBeGreaterThan(10), patience);
    expect(handled.size).toBeLessThan(60);
    await subscription.close(AbortSignal.abort());
    await vi.waitFor(() => expect(handled.size).toBe(60), patience);
  }, 60_000);

  it('refuses to publish while the broker is away, and afterwards goes on where it was, with nothing lost or handled twice', async () => {
    const topic = `topic-${randomUUID()}`;
    const events: ComponentEvent[] = [];
    const pubsub = await open('patient', {}, (event) => events.push(event));
    const handled: string[] = [];
    let finish = (): void => {};
    await pubsub.subscribe({
      topic,
      maxInFlight: 10,
      deliver: async (batch) => {
        for (const delivery of batch) handled.push(textOf(delivery));
        if (handled.at(-1) === 'slow') await new Promise<void>((resolve) => (finish = resolve));
        return batch.map(() => done);
      },
    });
    const publish = (text: string): Promise<void> => pubsub.publish({ topic, data: Buffer.from(text), metadata: { partitionKey: 'one' } });
    for (const text of ['before', 'slow', 'behind']) await publish(text);
    await vi.waitFor(() => expect(handled).toEqual(['before', 'slow']), patience);
    await kafka.kill();
    await expect(publish('refused')).rejects.toMatchObject({ code: 'ComponentUnavailable' });
    await expect(pubsub.ping()).rejects.toMatchObject({ code: 'ComponentUnavailable' });
    await vi.waitFor(
      () => expect(events.map(({ message }) => message)).toContain('the connection to Kafka is lost, and sought again'),
      patience,
    );
    finish();
    await kafka.start();
    await vi.waitFor(() => publish('after'), patience);
    await vi.waitFor(() => expect(handled).toContain('after'), patience);
    expect(handled.filter((text) => text !== 'refused')).toEqual(['before', 'slow', 'behind', 'after']);
    expect(events.map(({ message }) => message)).toContain('the connection to Kafka is back');
  }, 120_000);

  it.each([
    [{ authType: 'oidc' }, 'none, password, mtls, certificate'],
    [{ authType: '' }, 'none, password, mtls, certificate'],
    [{ authType: 'password', saslUsername: 'u' }, 'saslPassword'],
    [{ authType: 'mtls', clientCert: 'c' }, 'clientKey'],
    [{ oidcTokenEndpoint: 'http://x' }, 'left out'],
    [{ brokers: ' , ' }, 'addresses'],
    [{ consumerGroupRebalanceStrategy: 'sticky' }, 'range, roundrobin'],
  ])('refuses metadata %j', async (metadata, text) => {
    await expect(open('refused', metadata)).rejects.toThrow(text);
  });

  it('says what to look at when no broker answers', async () => {
    await expect(open('lost', { brokers: '127.0.0.1:1' })).rejects.toMatchObject({ code: 'ComponentUnavailable' });
  });
});
