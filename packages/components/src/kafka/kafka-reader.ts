import { randomUUID } from 'node:crypto';
import { Consumer, MessagesStreamModes, type GroupPartitionsAssigner, type Message, type MessagesStream } from '@platformatic/kafka';
import { abortable } from '../abortable.ts';
import type { ComponentContext } from '../component-context.ts';
import { ComponentError } from '../component-error.ts';
import { backOffMs, connectionBackOff } from '../delivery/back-off.ts';
import type { Delivery, ReadOptions, Subscription } from '../delivery/delivery.ts';
import { deliveryLanes } from '../delivery/delivery-lanes.ts';
import { assignPartitions } from './assign-partitions.ts';
import { becauseOf } from './kafka-failure.ts';
import type { KafkaConnection, KafkaSettings } from './kafka-metadata.ts';
import { partitionProgress, type PartitionProgress } from './partition-progress.ts';

export interface KafkaReaderOptions {
  topics: readonly string[];
  group: string;
  connection: KafkaConnection;
  settings: KafkaSettings;
  options: ReadOptions;
  context: ComponentContext;
}

interface Owned {
  topic: string;
  partition: number;
  progress: PartitionProgress;
  /** What the group's coordinator has been told. */
  committed: bigint;
}

type Stream = MessagesStream<Buffer, Buffer, Buffer, Buffer>;

const maxWaitMs = 1_000;
// A fetch brings all of one partition before the next: with nothing read ahead, one that is far behind would keep the others away.
const readAhead = { messages: 10_000, bytes: 4 * 1024 * 1024 };
const closingMs = 5_000;
// A commit costs the broker and this process as much as several messages do.
const commitEveryMs = 20;
const earliest = -2n;
const latest = -1n;

/**
 * Reads topics as one member of a group. A partition is a lane; what is done is committed behind the handlers, never ahead of them.
 * A partition that goes to another member is withdrawn, and one that stays is read on where it was, also after the loss of the brokers.
 */
export async function kafkaReader(reader: KafkaReaderOptions): Promise<Subscription> {
  const { settings, options, context } = reader;
  const topics = [...reader.topics];
  const report = (level: 'info' | 'warn', message: string, error?: unknown): void =>
    context.report({
      level,
      message,
      component: context.name,
      fields: { topics: topics.join(','), ...(error === undefined ? {} : { reason: becauseOf(error) }) },
    });
  const lanes = deliveryLanes({ ...options, readAhead, clock: context.clock, random: context.random, retry: 'here', onError: () => {} });
  const owned = new Map<string, Owned>();
  let consumer: Consumer | undefined;
  let memberId: string | null = null;
  let stream: Stream | undefined;
  let isClosed = false;
  let wakeClosed = (): void => {};
  const whenClosed = new Promise<void>((resolve) => (wakeClosed = resolve));
  let hasToCommit = false;
  let committing: Promise<void> | undefined;

  const ready = Promise.withResolvers<void>();
  const reading = keepReading();
  await abortable(ready.promise, options.signal).catch(async (error: unknown) => {
    isClosed = true;
    wakeClosed();
    await lanes.close(AbortSignal.abort());
    await reading;
    throw error;
  });

  async function keepReading(): Promise<void> {
    for (let failures = 0; !isClosed;) {
      try {
        await whileConnected(() => {
          if (failures > 0) report('info', 'the connection to Kafka is back');
          failures = 0;
          ready.resolve();
        });
      } catch (error) {
        if (isClosed) return;
        if (failures === 0) report('warn', 'the connection to Kafka is lost, and sought again', error);
        // Whoever opens is told of the first failure; later ones are nobody's but this loop's.
        ready.reject(
          new ComponentError(
            'ComponentUnavailable',
            `Kafka cannot be read: ${becauseOf(error)}. Are its brokers up, and do the topics exist?`,
            { cause: error },
          ),
        );
        failures++;
        await Promise.race([whenClosed, pause(backOffMs(connectionBackOff, failures, context.random()))]);
      }
    }
  }

  const pause = (ms: number): Promise<void> => new Promise((resolve) => context.clock.setTimeout(resolve, ms));

  /** One membership of the group. Ends when the reader is closed, and rejects when the membership is lost. */
  async function whileConnected(onReady: () => void): Promise<void> {
    const lost = Promise.withResolvers<never>();
    lost.promise.catch(() => undefined);
    const member = openConsumer(reader);
    // As the same member, for whom the group does not have to wait until its former self has timed out.
    member.memberId = memberId;
    let adopting = Promise.resolve();
    member.on('error', lost.reject);
    member.on('consumer:heartbeat:stalled', () => lost.reject(new Error('the coordinator of the group does not answer')));
    member.on('consumer:group:join', () => {
      adopting = adopting.then(() => adopt(member, lost.reject)).then(onReady, lost.reject);
    });
    try {
      // Held for the whole membership: the client leaves and joins again when its last stream of a topic goes.
      for (const topic of topics) member.topics.track(topic);
      consumer = member;
      await Promise.race([member.joinGroup({}), lost.promise, whenClosed]);
      await Promise.race([lost.promise, whenClosed]);
    } finally {
      await adopting;
      endStream();
      if (isClosed) await Promise.race([flush(), pause(closingMs)]);
      consumer = undefined;
      memberId = member.memberId;
      await Promise.race([member.close(true).catch(() => undefined), pause(closingMs)]);
    }
  }

  /** Takes over what the group assigned: lets go of what others have now, keeps what stays, begins what is new. */
  async function adopt(member: Consumer, lose: (error: unknown) => void): Promise<void> {
    if (isClosed || consumer !== member) return;
    endStream();
    const assignments = (member.assignments ?? []).filter(({ partitions }) => partitions.length > 0);
    const keys = new Set(assignments.flatMap(({ topic, partitions }) => partitions.map((partition) => keyOf(topic, partition))));
    for (const key of owned.keys()) if (!keys.has(key)) release(key);
    const committed = assignments.length === 0 ? new Map<string, bigint[]>() : await member.listCommittedOffsets({ topics: assignments });
    const starts = await startsOf(member, settings.initialOffset);
    for (const { topic, partitions } of assignments)
      for (const partition of partitions) {
        const told = committed.get(topic)?.[partition] ?? -1n;
        // Committed at once, although it is not done: whoever has the partition next must not begin later than this.
        if (told < 0n) begin(topic, partition, starts.get(topic)?.[partition] ?? 0n, -1n);
        else resume(topic, partition, told);
      }
    void flush();
    if (assignments.length === 0) return;
    const offsets = [...owned.values()].map(({ topic, partition, progress }) => ({ topic, partition, offset: progress.next }));
    const opened: Stream = await member.consume({
      topics,
      autocommit: false,
      mode: MessagesStreamModes.MANUAL,
      offsets,
      fallbackMode: settings.initialOffset === 'oldest' ? 'earliest' : 'latest',
    });
    stream = opened;
    void take(opened).catch((error: unknown) => {
      if (stream === opened) lose(error);
    });
  }

  function resume(topic: string, partition: number, told: bigint): void {
    const mine = owned.get(keyOf(topic, partition));
    // Others went further than this member read: what it holds has been done.
    if (mine === undefined || told > mine.progress.next) begin(topic, partition, told, told);
    else mine.committed = told;
  }

  function begin(topic: string, partition: number, start: bigint, committed: bigint): void {
    const key = keyOf(topic, partition);
    if (owned.has(key)) release(key);
    owned.set(key, { topic, partition, progress: partitionProgress(start), committed });
  }

  function release(key: string): void {
    owned.delete(key);
    void lanes.withdraw(key);
  }

  function endStream(): void {
    const ended = stream;
    stream = undefined;
    ended?.destroy();
  }

  async function take(from: Stream): Promise<void> {
    for await (const message of from) {
      if ((await lanes.room()) === 0 || stream !== from) return;
      offer(message);
    }
    if (stream === from) throw new Error('the stream of messages ended');
  }

  function offer(message: Message): void {
    const lane = keyOf(message.topic, message.partition);
    const mine = owned.get(lane);
    if (mine === undefined || !mine.progress.take(message.offset)) return;
    lanes.offer({
      message: deliveryOf(message, settings.escapeHeaders),
      lane,
      settle: ({ kind }) => {
        if (kind !== 'done') return;
        mine.progress.done(message.offset);
        void flush();
      },
    });
  }

  /** Commits what is done: at once after a rest, and then one after the other, each with all that came together meanwhile. */
  function flush(): Promise<void> {
    hasToCommit = true;
    committing ??= commit().finally(() => {
      committing = undefined;
    });
    return committing;
  }

  async function commit(): Promise<void> {
    for (let failures = 0; hasToCommit && consumer !== undefined;) {
      hasToCommit = false;
      const due = [...owned.values()].filter(({ progress, committed }) => progress.doneBelow > committed);
      if (due.length === 0) return;
      const told = due.map((mine) => ({ mine, offset: mine.progress.doneBelow }));
      try {
        await consumer.commit({
          offsets: told.map(({ mine: { topic, partition }, offset }) => ({ topic, partition, offset, leaderEpoch: -1 })),
        });
        for (const { mine, offset } of told) mine.committed = offset;
        failures = 0;
        if (!isClosed) await Promise.race([whenClosed, pause(commitEveryMs)]);
      } catch (error) {
        if (failures++ === 0) report('warn', 'what is done could not be committed yet', error);
        hasToCommit = true;
        await pause(backOffMs(connectionBackOff, failures, context.random()));
      }
    }
  }

  async function backlog(signal: AbortSignal): Promise<number> {
    const member = consumer;
    if (member === undefined)
      throw new ComponentError('ComponentUnavailable', 'The backlog is unknown: the connection to Kafka is lost. It is sought again.');
    const ends = await abortable(member.listOffsets({ topics, timestamp: latest }), signal);
    const partitions = [...ends].map(([topic, offsets]) => ({ topic, partitions: [...offsets.keys()] }));
    const committed = await abortable(member.listCommittedOffsets({ topics: partitions }), signal);
    const starts = await abortable(startsOf(member, settings.initialOffset), signal);
    let sum = 0n;
    for (const [topic, offsets] of ends)
      for (const [partition, end] of offsets.entries()) {
        const told = committed.get(topic)?.[partition] ?? -1n;
        const from = told >= 0n ? told : (starts.get(topic)?.[partition] ?? end);
        if (end > from) sum += end - from;
      }
    return Number(sum);
  }

  /** Where a group begins that has no offset yet. */
  function startsOf(member: Consumer, initialOffset: KafkaSettings['initialOffset']): Promise<Map<string, bigint[]>> {
    return member.listOffsets({ topics, timestamp: initialOffset === 'oldest' ? earliest : latest });
  }

  async function close(signal?: AbortSignal): Promise<void> {
    await lanes.close(signal);
    isClosed = true;
    wakeClosed();
    await reading;
  }
  let closing: Promise<void> | undefined;

  return { pause: lanes.pause, resume: lanes.resume, backlog, close: (signal) => (closing ??= close(signal)) };
}

const keyOf = (topic: string, partition: number): string => `${topic}/${partition}`;

function openConsumer({ connection, group, settings }: KafkaReaderOptions): Consumer {
  return new Consumer({
    ...connection,
    clientId: `${connection.clientId}-${randomUUID().slice(0, 8)}`,
    groupId: group,
    sessionTimeout: settings.sessionTimeout,
    rebalanceTimeout: Math.max(60_000, settings.sessionTimeout),
    heartbeatInterval: settings.heartbeatInterval,
    heartbeatStallTimeout: settings.sessionTimeout,
    protocols: [{ name: settings.consumerGroupRebalanceStrategy, version: 1 }],
    partitionAssigner: assigner(settings.consumerGroupRebalanceStrategy),
    autocreateTopics: true,
    autocommit: false,
    retries: 3,
    retryDelay: 250,
    minBytes: settings.consumerFetchMin,
    maxWaitTime: maxWaitMs,
    maxBytes: 8 * settings.consumerFetchDefault,
    maxBytesPerPartition: settings.consumerFetchDefault,
    highWaterMark: 256,
  });
}

/** The client's own assigner gives partitions of a topic to members that never asked for it. */
function assigner(strategy: KafkaSettings['consumerGroupRebalanceStrategy']): GroupPartitionsAssigner {
  return (_own, members, _topics, metadata) => {
    const given = [...members].map(([memberId, member]) => ({ memberId, topics: member.topics ?? [] }));
    const counts = new Map(given.flatMap(({ topics }) => topics).map((topic) => [topic, metadata.topics.get(topic)?.partitionsCount ?? 0]));
    return [...assignPartitions(strategy, given, counts)].map(([memberId, assignment]) => ({
      memberId,
      assignments: new Map([...assignment].map(([topic, partitions]) => [topic, { topic, partitions }])),
    }));
  };
}

function deliveryOf(message: Message, escapeHeaders: boolean): Omit<Delivery, 'attempt'> {
  const metadata: Record<string, string> = {};
  let contentType: string | undefined;
  for (const [name, value] of message.headerEntries) {
    const header = String(name);
    const text = value === null ? '' : value.toString();
    if (header.toLowerCase() === 'content-type') contentType = text;
    metadata[header] = escapeHeaders ? encodeURIComponent(text) : text;
  }
  // A tombstone and a message without key have null where the types promise a Buffer.
  const { key, value } = message as { key: Buffer | null; value: Buffer | null };
  if (key !== null && key !== undefined) metadata['__key'] = key.toString();
  Object.assign(metadata, {
    __topic: message.topic,
    __partition: String(message.partition),
    __offset: String(message.offset),
    __timestamp: String(message.timestamp),
  });
  return {
    id: `${message.topic}/${message.partition}/${message.offset}`,
    data: value ?? new Uint8Array(0),
    metadata,
    ...(contentType === undefined ? {} : { contentType }),
  };
}
