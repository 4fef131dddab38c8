import { randomUUID } from 'node:crypto';
import { access } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ComponentEvent } from '../component-context.ts';
import { done, type Delivery } from '../delivery/delivery.ts';
import { canRunMosquitto, startMosquitto } from '../testing/mosquitto-server.ts';
import type { TestServer } from '../testing/server-process.ts';
import { testContext } from '../testing/test-context.ts';
import { pubsubConformance } from './conformance.ts';
import { mqttPubSub } from './mqtt3.ts';
import type { PubSub } from './pubsub.ts';

const patience = { timeout: 15_000, interval: 20 };
const textOf = ({ data }: Delivery): string => Buffer.from(data).toString();

describe.runIf(await canRunMosquitto())('pubsub.mqtt3', () => {
  let broker: TestServer;
  let opened: PubSub[] = [];
  beforeAll(async () => {
    broker = await startMosquitto();
  });
  afterAll(async () => broker.remove());
  afterEach(async () => {
    await Promise.all(opened.map((each) => each.close()));
    opened = [];
  });
  const open = async (
    consumerID: string,
    metadata: Record<string, string> = {},
    report = (_event: ComponentEvent): void => {},
  ): Promise<PubSub> => {
    const given = { url: `tcp://127.0.0.1:${broker.port}`, consumerID, ...metadata };
    const pubsub = await mqttPubSub.open(new Map(Object.entries(given)), testContext({ report }));
    opened.push(pubsub);
    return pubsub;
  };

  /** The consumers of a group, as Dapr's users write it: each a consumerID of its own, and the topic shared by the group's name. */
  const consumers = new Map<PubSub, { group: string; consumerID: string }>();
  const openShared = async (group: string, consumerID = `${group}-${randomUUID()}`): Promise<PubSub> => {
    const plain = await open(consumerID);
    const shared: PubSub = { ...plain, subscribe: (options) => plain.subscribe({ ...options, topic: `$share/${group}/${options.topic}` }) };
    consumers.set(shared, { group, consumerID });
    return shared;
  };
  pubsubConformance({
    open: openShared,
    openAgain: (pubsub) => {
      const { group, consumerID } = consumers.get(pubsub) ?? { group: '', consumerID: '' };
      return openShared(group, consumerID);
    },
  });

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

  it('gets what was published while it was away, where its session is kept', async () => {
    const [topic, consumer] = [`t/${randomUUID()}`, `consumer-${randomUUID()}`];
    const publisher = await open('publisher');
    const first = await open(consumer);
    await collect(first, topic);
    await first.close();
    await publisher.publish({ topic, data: Buffer.from('meanwhile') });
    const deliveries = await collect(await open(consumer), topic);
    await vi.waitFor(() => expect(deliveries.map(textOf)).toEqual(['meanwhile']), patience);
    const forgetful = `forgetful-${randomUUID()}`;
    const clean = await open(forgetful, { cleanSession: 'true' });
    await collect(clean, topic);
    await clean.close();
    await publisher.publish({ topic, data: Buffer.from('missed') });
    const again = await collect(await open(forgetful, { cleanSession: 'true' }), topic);
    await publisher.publish({ topic, data: Buffer.from('seen') });
    await vi.waitFor(() => expect(again.map(textOf)).toEqual(['seen']), patience);
  });

  it('keeps the last message of a topic where it is told to, and says that it is one', async () => {
    const topic = `t/${randomUUID()}`;
    const publisher = await open('publisher');
    await publisher.publish({ topic, data: Buffer.from('last'), metadata: { retain: 'true' } });
    await publisher.publish({ topic, data: Buffer.from('passing') });
    const deliveries = await collect(await open(`late-${randomUUID()}`), topic);
    await publisher.publish({ topic, data: Buffer.from('new') });
    await vi.waitFor(() => expect(deliveries).toHaveLength(2), patience);
    expect(deliveries.map((delivery) => [textOf(delivery), delivery.metadata['retained']])).toEqual([
      ['last', 'true'],
      ['new', 'false'],
    ]);
  });

  it('subscribes to many topics by a wildcard, and tells which one it was', async () => {
    const root = randomUUID();
    const deliveries = await collect(await open(`wild-${root}`), `${root}/+/speed`);
    const publisher = await open('publisher');
    for (const topic of [`${root}/one/speed`, `${root}/two/speed`, `${root}/two/heat`])
      await publisher.publish({ topic, data: Buffer.from('1') });
    await vi.waitFor(
      () => expect(deliveries.map(({ metadata }) => metadata['topic'])).toEqual([`${root}/one/speed`, `${root}/two/speed`]),
      patience,
    );
    await expect(publisher.publish({ topic: `${root}/+`, data: Buffer.from('1') })).rejects.toMatchObject({ code: 'RequestRejected' });
  });

  it('refuses to publish while the broker is away, and afterwards handles nothing twice that was held or done meanwhile', async () => {
    const topic = `t/${randomUUID()}`;
    const events: string[] = [];
    const pubsub = await open(`patient-${randomUUID()}`, {}, ({ message }) => events.push(message));
    const handled: string[] = [];
    const finish = new Map<string, () => void>();
    await pubsub.subscribe({
      topic,
      maxInFlight: 10,
      deliver: async ([delivery]) => {
        const text = delivery === undefined ? '' : textOf(delivery);
        handled.push(text);
        if (text.startsWith('slow')) await new Promise<void>((resolve) => finish.set(text, resolve));
        return [done];
      },
    });
    for (const text of ['before', 'slow-1', 'slow-2']) await pubsub.publish({ topic, data: Buffer.from(text) });
    await vi.waitFor(() => expect(finish.size).toBe(2), patience);
    broker.signal('SIGUSR1');
    await vi.waitFor(() => access(path.join(broker.folder, 'mosquitto.db')), patience);
    await broker.kill();
    await vi.waitFor(() => expect(events).toContain('the connection to the MQTT broker is lost, and sought again'), patience);
    await expect(pubsub.publish({ topic, data: Buffer.from('refused') })).rejects.toMatchObject({ code: 'ComponentUnavailable' });
    await expect(pubsub.ping()).rejects.toMatchObject({ code: 'ComponentUnavailable' });
    finish.get('slow-1')?.();
    await broker.start();
    await vi.waitFor(() => pubsub.publish({ topic, data: Buffer.from('after') }), patience);
    await vi.waitFor(() => expect(handled).toContain('after'), patience);
    finish.get('slow-2')?.();
    await pubsub.close();
    // Whether the broker wrote down that "before" was acknowledged is its own affair.
    expect(handled.filter((text) => text !== 'before').toSorted()).toEqual(['after', 'slow-1', 'slow-2']);
  }, 60_000);

  it.each([
    [{ url: 'ftp://host' }, 'a URL such as'],
    [{ clientCert: 'c' }, 'clientKey'],
    [{ qos: '3' }, 'from 0 to 2'],
    [{ producerID: 'x' }, 'no field "producerID"'],
  ])('refuses metadata %j', async (metadata, text) => {
    await expect(open('refused', metadata)).rejects.toThrow(text);
  });

  it('says what to look at when no broker answers', async () => {
    await expect(open('lost', { url: 'tcp://127.0.0.1:1' })).rejects.toMatchObject({ code: 'ComponentUnavailable' });
  });
});
