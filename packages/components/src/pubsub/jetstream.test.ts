import { randomUUID } from 'node:crypto';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, nanos, type NatsConnection } from '@nats-io/transport-node';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ComponentEvent } from '../component-context.ts';
import { done, type Delivery } from '../delivery/delivery.ts';
import { canRunNats, startNats } from '../testing/nats-server.ts';
import type { TestServer } from '../testing/server-process.ts';
import { testContext } from '../testing/test-context.ts';
import { pubsubConformance } from './conformance.ts';
import { jetStreamPubSub } from './jetstream.ts';
import type { PubSub } from './pubsub.ts';

const patience = { timeout: 15_000, interval: 20 };
const textOf = ({ data }: Delivery): string => Buffer.from(data).toString();

describe.runIf(await canRunNats())('pubsub.jetstream', () => {
  let server: TestServer;
  let admin: NatsConnection;
  let opened: PubSub[] = [];
  beforeAll(async () => {
    server = await startNats();
    admin = await connect({ servers: `127.0.0.1:${server.port}`, maxReconnectAttempts: -1 });
  });
  afterAll(async () => {
    await admin.close();
    await server.remove();
  });
  afterEach(async () => {
    await Promise.all(opened.map((each) => each.close()));
    opened = [];
  });
  const open = async (
    appId: string,
    metadata: Record<string, string> = {},
    report = (_event: ComponentEvent): void => {},
  ): Promise<PubSub> => {
    const given = { natsURL: `nats://127.0.0.1:${server.port}`, ...metadata };
    const pubsub = await jetStreamPubSub.open(new Map(Object.entries(given)), testContext({ appId, report }));
    opened.push(pubsub);
    return pubsub;
  };
  const makeTopic = async (topic: string): Promise<void> => {
    const manager = await jetstreamManager(admin);
    await manager.streams.add({ name: topic.replaceAll('.', '_'), subjects: [topic, `${topic}.>`] });
  };
  const newTopic = async (): Promise<string> => {
    const topic = `topic-${randomUUID()}`;
    await makeTopic(topic);
    return topic;
  };
  const collect = async (pubsub: PubSub, topic: string): Promise<Delivery[]> => {
    const deliveries: Delivery[] = [];
    await pubsub.subscribe({
      topic,
      maxInFlight: 10,
      deliver: async (batch) => {
        deliveries.push(...batch);
        return batch.map(() => done);
      },
    });
    return deliveries;
  };

  describe('conformance', () => pubsubConformance({ open, makeTopic }));

  it('keeps a message for as long as its handler takes, although another would have room for it', async () => {
    const topic = await newTopic();
    const [first, second] = [await open('slow', { ackWait: '600ms' }), await open('slow', { ackWait: '600ms' })];
    const attempts: string[] = [];
    let finish = (): void => {};
    const deliver = (by: string) => async (batch: readonly Delivery[]) => {
      attempts.push(...batch.map((delivery) => `${by} ${delivery.attempt}`));
      await new Promise<void>((resolve) => (finish = resolve));
      return batch.map(() => done);
    };
    const stuck = await first.subscribe({ topic, maxInFlight: 1, deliver: deliver('first') });
    await first.publish({ topic, data: Buffer.from('x') });
    await vi.waitFor(() => expect(attempts).toHaveLength(1), patience);
    await second.subscribe({ topic, maxInFlight: 1, deliver: deliver('second') });
    await second.publish({ topic, data: Buffer.from('marker') });
    await vi.waitFor(() => expect(attempts).toEqual(['first 1', 'second 1']), patience);
    finish();
    // The server gives again what nobody speaks of for three times as long, so that time has passed.
    const manager = await jetstreamManager(admin);
    await manager.consumers.add(topic, { durable_name: 'witness', ack_policy: 'explicit', ack_wait: nanos(1_800) });
    const witness = await jetstream(admin).consumers.get(topic, 'witness');
    await witness.fetch({ max_messages: 2, expires: 1_000 }).then(async (messages) => {
      for await (const message of messages) expect(message.redelivered).toBe(false);
    });
    expect((await witness.next({ expires: 10_000 }))?.redelivered).toBe(true);
    expect(attempts).toEqual(['first 1', 'second 1']);
    // Its handler never ends, and the server may have what it holds.
    await stuck.close(AbortSignal.abort());
  });

  it('begins where deliverPolicy says', async () => {
    const topic = await newTopic();
    const publisher = await open('publisher');
    for (const text of ['1', '2', '3']) await publisher.publish({ topic, data: Buffer.from(text) });
    const [all, late, third] = [
      await collect(await open('all'), topic),
      await collect(await open('new', { deliverPolicy: 'new' }), topic),
      await collect(await open('third', { deliverPolicy: 'sequence', startSequence: '3' }), topic),
    ];
    await publisher.publish({ topic, data: Buffer.from('4') });
    await vi.waitFor(
      () => expect([all, late, third].map((each) => each.map(textOf))).toEqual([['1', '2', '3', '4'], ['4'], ['3', '4']]),
      patience,
    );
  });

  it('reads many subjects by a wildcard, tells which it was, and has an event of the same id once', async () => {
    const topic = await newTopic();
    const pubsub = await open('wild');
    const deliveries = await collect(pubsub, `${topic}.*`);
    const event = Buffer.from(JSON.stringify({ specversion: '1.0', id: randomUUID(), source: 's', type: 't' }));
    for (const name of ['a', 'a', 'b'])
      await pubsub.publish({ topic: `${topic}.${name}`, data: name === 'a' ? event : Buffer.from('b'), contentType: 'application/json' });
    await vi.waitFor(() => expect(deliveries.map(({ metadata }) => metadata['Topic'])).toEqual([`${topic}.a`, `${topic}.b`]), patience);
    expect(deliveries[0]?.contentType).toBe('application/json');
    await expect(pubsub.publish({ topic: `${topic}.*`, data: event })).rejects.toMatchObject({ code: 'RequestRejected' });
  });

  it('refuses to publish while the server is away, and goes on when it is back', async () => {
    const topic = await newTopic();
    const events: string[] = [];
    const pubsub = await open('patient', {}, ({ message }) => events.push(message));
    const deliveries = await collect(pubsub, topic);
    await pubsub.publish({ topic, data: Buffer.from('before') });
    await vi.waitFor(() => expect(deliveries).toHaveLength(1), patience);
    await server.kill();
    await vi.waitFor(() => expect(events).toContain('the connection to NATS is lost, and sought again'), patience);
    await expect(pubsub.publish({ topic, data: Buffer.from('refused') })).rejects.toMatchObject({ code: 'ComponentUnavailable' });
    await expect(pubsub.ping()).rejects.toMatchObject({ code: 'ComponentUnavailable' });
    await server.start();
    await vi.waitFor(() => pubsub.publish({ topic, data: Buffer.from('after') }), patience);
    await vi.waitFor(() => expect(deliveries.map(textOf)).toEqual(['before', 'after']), patience);
  }, 60_000);

  it.each([
    [{ ackPolicy: 'none' }, 'explicit'],
    [{ jwt: 'x' }, 'seedKey'],
    [{ tls_client_cert: '/etc/cert.pem' }, 'files are not read'],
    [{ backOff: 'soon' }, 'durations'],
  ])('refuses metadata %j', async (metadata, text) => {
    await expect(open('refused', metadata)).rejects.toThrow(text);
  });

  it('says that there is no stream, and no server', async () => {
    const pubsub = await open('lost');
    await expect(pubsub.publish({ topic: 'nowhere', data: Buffer.from('x') })).rejects.toThrow('Is there a stream');
    await expect(collect(pubsub, 'nowhere')).rejects.toThrow('Is there a stream');
    await expect(open('lost', { natsURL: 'nats://127.0.0.1:1' })).rejects.toMatchObject({ code: 'ComponentUnavailable' });
  });
});
