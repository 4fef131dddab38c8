import { Admin } from '@platformatic/kafka';
import { ComponentError } from '../component-error.ts';
import { becauseOf } from '../kafka/kafka-failure.ts';
import type { KafkaConnection } from '../kafka/kafka-metadata.ts';
import { needed, optional, withDefault } from '../metadata/fields.ts';
import { flag, nonEmpty, oneOf, wholeNumber } from '../metadata/parsers.ts';
import { kafkaLag, partitionKey, type Committed, type PartitionOffsets } from './kafka-lag.ts';
import { kafkaTriggerConnection, kafkaTriggerConnectionFields, kafkaTriggerOtherFields } from './kafka-trigger-connection.ts';
import { lazyClient } from './lazy-client.ts';
import { metricName } from './metric-name.ts';
import { partitionList } from './partition-list.ts';
import { scalerType, type ScalerType } from './scaler-type.ts';

/** `kafka`: the lag of a group, on one topic or on all that it has committed. */
export const kafkaScaler: ScalerType = scalerType({
  secrets: ['password', 'key', 'keyPassword'],
  fields: {
    ...kafkaTriggerOtherFields,
    ...kafkaTriggerConnectionFields,
    consumerGroup: needed(nonEmpty),
    topic: optional(nonEmpty),
    lagThreshold: withDefault(wholeNumber(1), 10),
    activationLagThreshold: withDefault(wholeNumber(0), 0),
    offsetResetPolicy: withDefault(oneOf('latest', 'earliest'), 'latest'),
    allowIdleConsumers: withDefault(flag, false),
    scaleToZeroOnInvalidOffset: withDefault(flag, false),
    excludePersistentLag: withDefault(flag, false),
    limitToPartitionsWithLag: withDefault(flag, false),
    ensureEvenDistributionOfPartitions: withDefault(flag, false),
    partitionLimitation: optional(partitionList),
  },
  open: (settings, { name, subject, report }) => {
    const refuse = (why: string): ComponentError => new ComponentError('ComponentInvalid', `${subject} cannot be opened: ${why}.`);
    const { topic, consumerGroup: group } = settings;
    if (settings.limitToPartitionsWithLag && settings.allowIdleConsumers)
      throw refuse('limitToPartitionsWithLag and allowIdleConsumers contradict each other. Leave one out');
    if (settings.limitToPartitionsWithLag && topic === undefined) throw refuse('limitToPartitionsWithLag needs a topic. Set topic');
    if (settings.partitionLimitation !== undefined && topic === undefined)
      report({ level: 'warn', message: 'partitionLimitation is without effect where no topic is named', component: name });
    const limitation = topic === undefined ? undefined : settings.partitionLimitation;
    const connection = kafkaTriggerConnection(settings, subject);
    const clients = lazyClient(async () => newAdmin(connection));
    let before: Committed = new Map();
    return {
      metricName: metricName(topic === undefined ? `kafka-${group}-topics` : `kafka-${topic}`),
      target: settings.lagThreshold,
      read: async (signal) => {
        const all = await clients.use(signal, (admin) => offsetsOf(admin, { group, topic }));
        const partitions = limitation === undefined ? all : all.filter(({ partition }) => limitation.has(partition));
        if (topic !== undefined && partitions.length === 0)
          throw new ComponentError('RequestRejected', `Topic "${topic}" has none of the partitions of partitionLimitation. Correct it.`);
        const { value, waiting } = kafkaLag(partitions, before, settings);
        before = new Map(partitions.map((offsets) => [partitionKey(offsets), offsets.committed]));
        return { value, isActive: waiting > settings.activationLagThreshold };
      },
      close: clients.close,
    };
  },
});

const answerMs = 5_000;

function newAdmin(connection: KafkaConnection): Admin {
  return new Admin({ ...connection, timeout: answerMs, connectTimeout: answerMs, retries: 1, retryDelay: 250, autocreateTopics: false });
}

interface Asked {
  group: string;
  topic: string | undefined;
}

async function offsetsOf(admin: Admin, { group, topic }: Asked): Promise<PartitionOffsets[]> {
  try {
    const committed = await committedOf(admin, group);
    const topics = topic === undefined ? [...committed.keys()] : [topic];
    if (topics.length === 0) return [];
    const metadata = await admin.metadata({ topics, forceUpdate: true, autocreateTopics: false });
    const partitions = topics.map((name) => ({ name, count: metadata.topics.get(name)?.partitionsCount ?? 0 }));
    const asked = partitions.map(({ name, count }) => ({
      name,
      partitions: Array.from({ length: count }, (_, partitionIndex) => ({ partitionIndex, timestamp: -1n })),
    }));
    const ends = await admin.listOffsets({ topics: asked });
    return ends.flatMap(({ name, partitions: ended }) =>
      ended.map(({ partitionIndex: partition, offset: end }) => ({
        topic: name,
        partition,
        committed: committed.get(name)?.get(partition) ?? -1n,
        end,
      })),
    );
  } catch (error) {
    throw new ComponentError(
      'ComponentUnavailable',
      `Kafka does not tell the lag of group "${group}": ${becauseOf(error)}. Are its brokers up, does the topic exist, and may this user describe both?`,
      { cause: error },
    );
  }
}

/** By topic and partition, of every topic of which the group has committed something. */
async function committedOf(admin: Admin, group: string): Promise<Map<string, Map<number, bigint>>> {
  const [found] = await admin.listConsumerGroupOffsets({ groups: [group] });
  return new Map(
    (found?.topics ?? []).map(({ name, partitions }) => [
      name,
      new Map(partitions.map(({ partitionIndex, committedOffset }) => [partitionIndex, committedOffset])),
    ]),
  );
}
