import { randomUUID } from 'node:crypto';
import { Connection } from 'rabbitmq-client';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { rabbitBinding } from '../bindings/rabbitmq.ts';
import type { ComponentEvent } from '../component-context.ts';
import { done, type Delivery } from '../delivery/delivery.ts';
import { canRunRabbit, startRabbit } from '../testing/rabbitmq-server.ts';
import type { TestServer } from '../testing/server-process.ts';
import { testContext } from '../testing/test-context.ts';
import { pubsubConformance } from './conformance.ts';
import type { PubSub } from './pubsub.ts';
import { rabbitPubSub } from './rabbitmq.ts';

const patience = { timeout: 15_000, interval: 20 };
const textOf = ({ data }: Delivery): string => Buffer.from(data).toString();

// One server for both: it takes ten seconds to start.
describe.runIf(await canRunRabbit())('pubsub.rabbitmq and bindings.rabbitmq', () => {
  let server: TestServer;
  let opened: { close(): Promise<void> }[] = [];
  beforeAll(async () => {
    server = await startRabbit();
  }, 120_000);
  afterAll(async () => server.remove());
  afterEach(async () => {
    await Promise.all(opened.map((each) => each.close()));
    opened = [];
  });
  const url = (): string => `amqp://guest:guest@127.0.0.1:${server.port}`;
  const open = async (
    appId: string,
    metadata: Record<string, string> = {},
    report = (_event: ComponentEvent): void => {},
  ): Promise<PubSub> => {
    const pubsub = await rabbitPubSub.open(
      new Map(Object.entries({ connectionString: url(), ...metadata })),
      testContext({ appId, report }),
    );
    opened.push(pubsub);
    return pubsub;
  };
  const collect = async (pubsub: PubSub, topic: string, metadata: Record<string, string> = {}): Promise<Delivery[]> => {
    const deliveries: Delivery[] = [];
    await pubsub.subscribe({
      topic,
      metadata,
      maxInFlight: 10,
      deliver: async (batch) => {
        deliveries.push(...batch);
        return batch.map(() => done);
      },
    });
    return deliveries;
  };

  describe('conformance', () => pubsubConformance({ open }));

  it('binds by routing keys, and tells the name of a message', async () => {
    const topic = `topic-${randomUUID()}`;
    const metadata = { exchangeKind: 'topic' };
    const deliveries = await collect(await open('keys', metadata), topic, { routingKey: 'car.*,bus.stop' });
    const publisher = await open('publisher', metadata);
    for (const routingKey of ['car.stop', 'bus.go', 'bus.stop'])
      await publisher.publish({
        topic,
        data: Buffer.from(routingKey),
        metadata: { routingKey, messageID: `m-${routingKey}` },
        contentType: 'application/json',
      });
    await vi.waitFor(() => expect(deliveries.map(({ id }) => id)).toEqual(['m-car.stop', 'm-bus.stop']), patience);
    expect(deliveries[0]?.contentType).toBe('application/json');
  });

  it('puts what expired among the dead letters, where they are enabled', async () => {
    const topic = `topic-${randomUUID()}`;
    const app = `app-${randomUUID()}`;
    const pubsub = await open(app, { enableDeadLetter: 'true', deletedWhenUnused: 'false' });
    const subscription = await pubsub.subscribe({ topic, maxInFlight: 1, deliver: async () => [done] });
    await subscription.close();
    await pubsub.publish({ topic, data: Buffer.from('late'), metadata: { ttlInSeconds: '0.05' } });
    const connection = new Connection(url());
    opened.push(connection);
    const deadLetters = async (): Promise<number> =>
      (await connection.queueDeclare({ queue: `dlq-${app}-${topic}`, passive: true })).messageCount;
    await vi.waitFor(async () => expect(await deadLetters()).toBe(1), patience);
  });

  it('refuses to publish while the server is away, and goes on when it is back', async () => {
    const topic = `topic-${randomUUID()}`;
    const events: string[] = [];
    const metadata = { durable: 'true', deletedWhenUnused: 'false', deliveryMode: '2', reconnectWaitSeconds: '1' };
    const pubsub = await open('patient', metadata, ({ message }) => events.push(message));
    const deliveries = await collect(pubsub, topic);
    await pubsub.publish({ topic, data: Buffer.from('before') });
    await vi.waitFor(() => expect(deliveries.map(textOf)).toEqual(['before']), patience);
    await server.kill();
    await vi.waitFor(() => expect(events).toContain('the connection to RabbitMQ is lost, and sought again'), patience);
    await expect(pubsub.publish({ topic, data: Buffer.from('refused') })).rejects.toMatchObject({ code: 'ComponentUnavailable' });
    await expect(pubsub.ping()).rejects.toMatchObject({ code: 'ComponentUnavailable' });
    await server.start();
    await vi.waitFor(() => pubsub.publish({ topic, data: Buffer.from('after') }), { timeout: 30_000 });
    await vi.waitFor(() => expect(deliveries.map(textOf)).toContain('after'), { timeout: 30_000 });
    // The server may not have written yet that the first was acknowledged; it then comes again under the same name.
    const byId = new Map(deliveries.map((delivery) => [delivery.id, textOf(delivery)]));
    expect([...byId.values()]).toEqual(['before', 'after']);
  }, 120_000);

  it('reads and writes a queue as a binding', async () => {
    const queueName = `queue-${randomUUID()}`;
    const openBinding = async (): Promise<Awaited<ReturnType<typeof rabbitBinding.open>>> => {
      const binding = await rabbitBinding.open(new Map(Object.entries({ host: url(), queueName, maxPriority: '5' })), testContext());
      opened.push(binding);
      return binding;
    };
    const binding = await openBinding();
    await binding.output?.invoke({ operation: 'create', data: Buffer.from('"low"'), metadata: { priority: '1' } });
    await binding.output?.invoke({
      operation: 'create',
      data: Buffer.from('{"n": 1}'),
      metadata: { priority: '5', contentType: 'application/json' },
    });
    const deliveries: Delivery[] = [];
    await (
      await openBinding()
    ).input?.read({
      maxInFlight: 1,
      deliver: async (batch) => {
        deliveries.push(...batch);
        return batch.map(() => done);
      },
    });
    await vi.waitFor(() => expect(deliveries.map(textOf)).toEqual(['{"n": 1}', 'low']), patience);
    const call = binding.output?.invoke({ operation: 'get', data: Buffer.from(''), metadata: {} });
    await expect(call).rejects.toMatchObject({ code: 'OperationNotSupported' });
    const other = rabbitBinding.open(new Map(Object.entries({ host: url(), queueName, maxPriority: '9' })), testContext());
    await expect(other).rejects.toMatchObject({ code: 'ComponentInvalid' });
  });

  it.each([
    [{ autoAck: 'true' }, 'before it is handled'],
    [{ saslExternal: 'true' }, 'SASL EXTERNAL'],
    [{ connectionString: 'http://x' }, 'amqp or amqps'],
    [{ protocol: 'amqps' }, 'differ'],
    [{ clientCert: 'c' }, 'clientKey'],
    [{ exchangeKind: 'other' }, 'fanout, topic'],
  ])('refuses metadata %j', async (metadata, text) => {
    await expect(open('refused', metadata)).rejects.toThrow(text);
  });

  it('says what to look at when there is no server', async () => {
    await expect(open('lost', { connectionString: 'amqp://127.0.0.1:1' })).rejects.toMatchObject({ code: 'ComponentUnavailable' });
  });
});
