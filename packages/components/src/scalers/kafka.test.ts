import { randomUUID } from 'node:crypto';
import { Admin, Producer, stringSerializers } from '@platformatic/kafka';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { canRunKafka, startKafka, type SecureListener } from '../testing/kafka-server.ts';
import { scalerContext } from '../testing/scaler-context.ts';
import { selfSigned } from '../testing/self-signed.ts';
import { freePort, type TestServer } from '../testing/server-process.ts';
import { scalerConformance } from './conformance.ts';
import { openScaler } from './open-scaler.ts';
import type { OpenedScaler } from './scaler.ts';

const partitions = 6;

describe.runIf(await canRunKafka())('kafka', () => {
  let kafka: TestServer;
  let secure: SecureListener;
  const closing: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    secure = { port: await freePort(), ...(await selfSigned()), username: 'reader', password: 'hush' };
    kafka = await startKafka({ secure });
  }, 90_000);
  afterAll(async () => {
    for (const close of closing) await close();
    await kafka.remove();
  });
  const brokers = (): string => `127.0.0.1:${kafka.port}`;

  /** A client of its own each time: those that are kept do not survive the death of the broker at once. */
  async function withAdmin<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
    const admin = new Admin({ clientId: 'test', bootstrapBrokers: [brokers()] });
    try {
      return await work(admin);
    } finally {
      await admin.close();
    }
  }

  async function produce(topic: string, messages: { partition: number }[]): Promise<void> {
    const producer = new Producer({ clientId: 'test', bootstrapBrokers: [brokers()], serializers: stringSerializers, idempotent: true });
    try {
      await producer.send({ acks: -1, messages: messages.map(({ partition }) => ({ topic, partition, key: 'k', value: 'v' })) });
    } finally {
      await producer.close();
    }
  }

  const commit = (groupId: string, topic: string, offsets: readonly number[]): Promise<void> =>
    withAdmin((admin) =>
      admin.alterConsumerGroupOffsets({
        groupId,
        topics: [{ name: topic, partitionOffsets: offsets.map((offset, partition) => ({ partition, offset: BigInt(offset) })) }],
      }),
    );

  async function makeTopic(): Promise<{ topic: string; group: string }> {
    const [topic, group] = [`topic.${randomUUID()}`, `group-${randomUUID()}`];
    await withAdmin((admin) => admin.createTopics({ topics: [topic], partitions, replicas: 1 }));
    return { topic, group };
  }

  const open = async (metadata: Record<string, string>): Promise<OpenedScaler> => {
    const scaler = await openScaler({ type: 'kafka', metadata: { bootstrapServers: brokers(), ...metadata } }, scalerContext());
    closing.push(() => scaler.close());
    return scaler;
  };
  const read = (scaler: OpenedScaler): ReturnType<OpenedScaler['read']> => scaler.read(AbortSignal.timeout(10_000));

  scalerConformance({
    type: 'kafka',
    make: async () => {
      const { topic, group } = await makeTopic();
      const [ends, done] = [Array<number>(partitions).fill(0), Array<number>(partitions).fill(0)];
      await commit(group, topic, done);
      return {
        metadata: { bootstrapServers: brokers(), topic, consumerGroup: group },
        put: async (count) => {
          const messages = Array.from({ length: count }, () => ({ partition: Math.floor(Math.random() * partitions) }));
          await produce(topic, messages);
          for (const { partition } of messages) ends[partition] = (ends[partition] ?? 0) + 1;
        },
        take: async (count) => {
          for (let left = count; left > 0; left--) {
            const partition = ends.findIndex((end, index) => end > (done[index] ?? 0));
            done[partition] = (done[partition] ?? 0) + 1;
          }
          await commit(group, topic, done);
        },
      };
    },
    target: 'lagThreshold',
    activation: 'activationLagThreshold',
    unreachable: { bootstrapServers: '127.0.0.1:1' },
    metricName: ({ topic = '' }) => `kafka-${topic.replaceAll('.', '-')}`,
    kill: () => kafka.kill(),
    start: () => kafka.start(),
    signal: (signal) => kafka.signal(signal),
  });

  it('scales to no more than the partitions', async () => {
    const { topic, group } = await makeTopic();
    await commit(group, topic, Array<number>(partitions).fill(0));
    await produce(
      topic,
      Array.from({ length: 90 }, () => ({ partition: 1 })),
    );
    const values = async (more: Record<string, string>): Promise<number> =>
      (await read(await open({ topic, consumerGroup: group, ...more }))).value;
    expect(await values({})).toBe(60);
    expect(await values({ allowIdleConsumers: 'true' })).toBe(90);
    expect(await values({ limitToPartitionsWithLag: 'true' })).toBe(10);
    expect(await values({ partitionLimitation: '0,2-5' })).toBe(0);
    expect(await values({ partitionLimitation: '1', lagThreshold: '1000' })).toBe(90);
    await expect(values({ partitionLimitation: '100' })).rejects.toMatchObject({ code: 'RequestRejected' });
  });

  it('keeps a group that has not committed where it would begin', async () => {
    const { topic, group } = await makeTopic();
    await produce(topic, [{ partition: 0 }, { partition: 0 }, { partition: 3 }]);
    const reading = async (more: Record<string, string>): ReturnType<OpenedScaler['read']> =>
      read(await open({ topic, consumerGroup: group, ...more }));
    expect(await reading({})).toEqual({ value: partitions, isActive: true });
    expect(await reading({ offsetResetPolicy: 'earliest' })).toEqual({ value: 3, isActive: true });
    expect(await reading({ scaleToZeroOnInvalidOffset: 'true' })).toEqual({ value: 0, isActive: false });
  });

  it('takes all topics of the group where none is named', async () => {
    const [first, second] = [await makeTopic(), await makeTopic()];
    for (const { topic } of [first, second]) await commit(first.group, topic, Array<number>(partitions).fill(0));
    await produce(first.topic, [{ partition: 0 }]);
    await produce(second.topic, [{ partition: 4 }, { partition: 5 }]);
    const scaler = await open({ consumerGroup: first.group });
    expect(scaler.name).toBe(`kafka-${first.group}-topics`);
    expect(await read(scaler)).toEqual({ value: 3, isActive: true });
    expect(await read(await open({ consumerGroup: 'nobody' }))).toEqual({ value: 0, isActive: false });
  });

  it('leaves out a partition that does not move, and yet stays active', async () => {
    const { topic, group } = await makeTopic();
    await commit(group, topic, [1, 0, 0, 0, 0, 0]);
    await produce(
      topic,
      Array.from({ length: 12 }, (_, index) => ({ partition: index % 2 })),
    );
    const scaler = await open({ topic, consumerGroup: group, excludePersistentLag: 'true' });
    expect(await read(scaler)).toEqual({ value: 11, isActive: true });
    await commit(group, topic, [3, 0, 0, 0, 0, 0]);
    expect(await read(scaler)).toEqual({ value: 3, isActive: true });
    expect(await read(scaler)).toEqual({ value: 0, isActive: true });
  });

  it('says that there is no such topic, and makes none', async () => {
    const topic = `never-${randomUUID()}`;
    const scaler = await open({ topic, consumerGroup: 'g' });
    await expect(read(scaler)).rejects.toMatchObject({ code: 'ComponentUnavailable' });
    expect(await withAdmin((admin) => admin.listTopics())).not.toContain(topic);
  });

  describe('by TLS, with a user', () => {
    const scaler = async (more: Record<string, string>, password = secure.password): Promise<OpenedScaler> => {
      const { topic, group } = await makeTopic();
      await commit(group, topic, [0, 0, 0, 0, 0, 0]);
      await produce(topic, [{ partition: 2 }, { partition: 3 }]);
      const where = { bootstrapServers: `127.0.0.1:${secure.port}`, topic, consumerGroup: group, tls: 'enable', ca: secure.certificate };
      const metadata = { ...where, username: secure.username, passwordFromEnv: 'PASSWORD', ...more };
      const opened = await openScaler({ type: 'kafka', metadata }, scalerContext({ environment: { PASSWORD: password } }));
      closing.push(() => opened.close());
      return opened;
    };

    it.each(['plaintext', 'scram_sha512'])('reads with sasl %s', async (sasl) => {
      expect(await read(await scaler({ sasl }))).toEqual({ value: 2, isActive: true });
    });

    it.each(['plaintext', 'scram_sha512'])('is not let in by %s with another password, and does not tell it', async (sasl) => {
      const refused = read(await scaler({ sasl }, 'let-me-in'));
      await expect(refused).rejects.toMatchObject({ code: 'ComponentUnavailable', message: expect.not.stringContaining('let-me-in') });
    });

    it('trusts only whom it is to trust, unless nobody is to check', async () => {
      const { certificate: ca } = await selfSigned();
      await expect(read(await scaler({ sasl: 'plaintext', ca }))).rejects.toMatchObject({ code: 'ComponentUnavailable' });
      expect((await read(await scaler({ sasl: 'plaintext', ca, unsafeSsl: 'true' }))).value).toBe(2);
    });

    it('wants the password from a variable only', async () => {
      await expect(scaler({ sasl: 'plaintext', password: 'p' })).rejects.toThrow('passwordFromEnv');
      await expect(open({ topic: 't', consumerGroup: 'g', sasl: 'plaintext', username: 'u' })).rejects.toThrow('passwordFromEnv');
    });
  });

  it.each([
    [{ sasl: 'gssapi' }, 'none, plaintext, scram_sha256, scram_sha512'],
    [{ awsRegion: 'eu' }, 'AWS IAM is not supported'],
    [{ cert: 'c' }, 'go together'],
    [{ limitToPartitionsWithLag: 'true', allowIdleConsumers: 'true' }, 'contradict'],
    [{ limitToPartitionsWithLag: 'true', topic: undefined }, 'needs a topic'],
    [{ partitionLimitation: '3-1' }, 'partitions such as'],
    [{ bootstrapServers: ' , ' }, 'addresses'],
    [{ consumerGroup: undefined }, 'lacks "consumerGroup"'],
  ])('refuses metadata %j', async (metadata, text) => {
    const given = { topic: 't', consumerGroup: 'g', ...metadata };
    const present = Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined);
    await expect(open(Object.fromEntries(present))).rejects.toThrow(text);
  });

  it('tells what is without effect', async () => {
    const context = scalerContext();
    const report = vi.spyOn(context, 'report');
    const metadata = { bootstrapServers: 'b:1', consumerGroup: 'g', version: '1.0.0', partitionLimitation: '1' };
    await (await openScaler({ type: 'kafka', metadata, useCachedMetrics: true }, context)).close();
    expect(report).toHaveBeenCalledTimes(3);
  });
});
