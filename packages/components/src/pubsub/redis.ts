import { randomUUID } from 'node:crypto';
import type { ComponentContext } from '../component-context.ts';
import { componentType, type ComponentType } from '../component-type.ts';
import { backOffMs, connectionBackOff } from '../delivery/back-off.ts';
import type { Subscription } from '../delivery/delivery.ts';
import { deliveryLanes } from '../delivery/delivery-lanes.ts';
import { optional, withDefault, withoutEffect } from '../metadata/fields.ts';
import { duration, nonEmpty, text, wholeNumber } from '../metadata/parsers.ts';
import { connectRedis, script, type Redis } from '../redis/connect-redis.ts';
import { redisFields } from '../redis/redis-fields.ts';
import type { Publication, PubSub, SubscribeOptions } from './pubsub.ts';
import { openSubscriptions } from '../delivery/open-subscriptions.ts';

/** `pubsub.redis`: a stream per topic, a consumer group per app. Order is not kept among the messages in flight. */
export const redisPubSub: ComponentType<'pubsub'> = componentType({
  block: 'pubsub',
  fields: {
    ...redisFields,
    consumerID: optional(nonEmpty),
    /** A message that no living consumer has kept for so long goes to another. */
    processingTimeout: withDefault(duration('s'), 15_000),
    redeliverInterval: withDefault(duration('s'), 60_000),
    maxLenApprox: optional(wholeNumber(1)),
    queueDepth: withoutEffect(text),
    concurrency: withoutEffect(text),
  },
  open: async (settings, context) => {
    const redis = await connectRedis(settings, context);
    const open = openSubscriptions();
    const pubsub: PubSub = {
      features: new Set(),
      publish: (message) => publish(redis, message, settings.maxLenApprox),
      subscribe: async (options) => {
        const { processingTimeout, redeliverInterval, consumerID } = settings;
        const stream = { topic: options.topic, group: consumerID ?? context.appId, consumer: `${context.appId}-${randomUUID()}` };
        const subscription = await subscribe({ redis, stream, options, context, processingTimeout, redeliverInterval });
        return open.keep(subscription);
      },
      ping: async () => void (await redis.call('PING')),
      close: async () => {
        await open.close(AbortSignal.timeout(0));
        await redis.close();
      },
    };
    return pubsub;
  },
});

async function publish(
  redis: Redis,
  { topic, data, metadata = {}, contentType }: Publication,
  maxLength: number | undefined,
): Promise<void> {
  const limit = maxLength === undefined ? [] : ['MAXLEN', '~', maxLength];
  const told = JSON.stringify(contentType === undefined ? metadata : { ...metadata, contentType });
  await redis.call('XADD', topic, ...limit, '*', 'data', data, 'metadata', told);
}

interface Stream {
  topic: string;
  group: string;
  consumer: string;
}

interface SubscribeArguments {
  redis: Redis;
  stream: Stream;
  options: SubscribeOptions;
  context: ComponentContext;
  processingTimeout: number;
  redeliverInterval: number;
}

type StreamEntry = [id: Buffer, fields: Buffer[] | null];

// A consumer that is deleted takes what it has not acknowledged with it, so it must have nothing.
const leave = script(`
local pending = redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', 1, ARGV[2])
if #pending == 0 then return redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2]) end
return -1`);
const blockMs = 1_000;

async function subscribe(given: SubscribeArguments): Promise<Subscription> {
  const { redis, stream, options, context, processingTimeout, redeliverInterval } = given;
  const { clock, random, name, report } = context;
  await joinGroup(redis, stream);
  const reader = await redis.another();
  const lanes = deliveryLanes({
    ...options,
    clock,
    random,
    retry: 'here',
    onError: (error) => lost('a message was not acknowledged and will come again', error),
  });
  const held = new Set<string>();
  let isOpen = true;
  const stops: (() => void)[] = [];
  const reading = readOn();
  every(Math.max(100, processingTimeout / 3), keep);
  every(redeliverInterval, claim);
  void claim();

  function lost(message: string, error: unknown): void {
    if (isOpen)
      report({
        level: 'warn',
        message,
        component: name,
        fields: { topic: stream.topic, why: error instanceof Error ? error.message : String(error) },
      });
  }

  async function readOn(): Promise<void> {
    for (let failures = 0; isOpen;) {
      const room = await lanes.room();
      if (room === 0) return;
      try {
        offer(await readNew(reader, stream, room), 0);
        failures = 0;
      } catch (error) {
        if (!isOpen) return;
        lost('reading was interrupted', error);
        if (/NOGROUP/.test(String(error))) await joinGroup(redis, stream).catch(() => {});
        await new Promise<void>((resolve) =>
          stops.push(clock.setTimeout(resolve, backOffMs(connectionBackOff, ++failures, random())), resolve),
        );
      }
    }
  }

  function offer(entries: readonly StreamEntry[], earlierAttempts: number): void {
    for (const [idBytes, fields] of entries) {
      const id = idBytes.toString();
      // An entry that was trimmed away has an id and nothing else.
      if (fields === null || held.has(id)) continue;
      held.add(id);
      lanes.offer({ message: messageOf(id, fields), earlierAttempts, settle: (outcome) => settle(id, outcome.kind) });
    }
  }

  async function settle(id: string, kind: 'done' | 'retry'): Promise<void> {
    try {
      if (kind === 'done') await acknowledge(id);
      // Old enough for any other consumer to take it at once.
      else await redis.call('XCLAIM', stream.topic, stream.group, stream.consumer, 0, id, 'IDLE', Math.ceil(processingTimeout), 'JUSTID');
    } finally {
      held.delete(id);
    }
  }

  /** A handled message must not come again for a moment's loss of the server. */
  async function acknowledge(id: string): Promise<void> {
    for (let failures = 1; ; failures++) {
      try {
        await redis.call('XACK', stream.topic, stream.group, id);
        return;
      } catch (error) {
        if (!isOpen || failures > 20) throw error;
        await new Promise<void>((resolve) =>
          stops.push(clock.setTimeout(resolve, backOffMs(connectionBackOff, failures, random())), resolve),
        );
      }
    }
  }

  /** Tells the group that what is held is held by a living consumer. */
  async function keep(): Promise<void> {
    if (held.size > 0) await redis.call('XCLAIM', stream.topic, stream.group, stream.consumer, 0, ...held, 'JUSTID');
  }

  /** Takes over what consumers left that are gone. */
  async function claim(): Promise<void> {
    const room = options.maxInFlight - lanes.held;
    if (room <= 0) return;
    const answer = (await redis.call(
      'XAUTOCLAIM',
      stream.topic,
      stream.group,
      stream.consumer,
      Math.ceil(processingTimeout),
      '0',
      'COUNT',
      room,
    )) as [Buffer, StreamEntry[]];
    for (const entry of answer[1]) offer([entry], await attemptsOf(redis, stream, entry[0].toString()));
  }

  function every(periodMs: number, action: () => Promise<void>): void {
    const again = (): void => {
      stops.push(
        clock.setTimeout(() => {
          action()
            .catch((error: unknown) => lost('messages that were left over could not be looked at', error))
            .finally(() => isOpen && again());
        }, periodMs),
      );
      // Those of before have run.
      if (stops.length > 1000) stops.splice(0, 500);
    };
    again();
  }

  return {
    pause: lanes.pause,
    resume: lanes.resume,
    backlog: () => backlog(redis, stream),
    close: async (signal) => {
      if (!isOpen) return;
      isOpen = false;
      await reader.close();
      await lanes.close(signal);
      for (const stop of stops) stop();
      await reading;
      await redis.run(leave, [stream.topic], [stream.group, stream.consumer]).catch(() => {});
    },
  };
}

async function joinGroup(redis: Redis, { topic, group }: Stream): Promise<void> {
  try {
    await redis.call('XGROUP', 'CREATE', topic, group, '0', 'MKSTREAM');
  } catch (error) {
    if (!/BUSYGROUP/.test(String(error))) throw error;
  }
}

async function readNew(reader: Redis, { topic, group, consumer }: Stream, count: number): Promise<StreamEntry[]> {
  const answer = (await reader.call('XREADGROUP', 'GROUP', group, consumer, 'COUNT', count, 'BLOCK', blockMs, 'STREAMS', topic, '>')) as
    | [Buffer, StreamEntry[]][]
    | null;
  return answer?.[0]?.[1] ?? [];
}

async function attemptsOf(redis: Redis, { topic, group }: Stream, id: string): Promise<number> {
  const [pending] = (await redis.call('XPENDING', topic, group, id, id, 1)) as [Buffer, Buffer, number, number][];
  return Math.max(0, (pending?.[3] ?? 1) - 1);
}

function messageOf(
  id: string,
  fields: readonly Buffer[],
): { id: string; data: Uint8Array; contentType?: string; metadata: Record<string, string> } {
  const named = new Map<string, Buffer>();
  for (let index = 0; index + 1 < fields.length; index += 2) named.set(String(fields[index]), fields[index + 1] ?? Buffer.alloc(0));
  const { contentType, ...metadata } = told(named.get('metadata'));
  return { id, data: named.get('data') ?? Buffer.alloc(0), metadata, ...(contentType === undefined ? {} : { contentType }) };
}

function told(metadata: Buffer | undefined): Record<string, string> {
  try {
    const parsed: unknown = JSON.parse(metadata?.toString() ?? '{}');
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, string>) : {};
  } catch {
    return {};
  }
}

async function backlog(redis: Redis, { topic, group }: Stream): Promise<number> {
  const groups = (await redis.call('XINFO', 'GROUPS', topic)) as unknown[][];
  for (const fields of groups) {
    const info = new Map<string, unknown>();
    for (let index = 0; index + 1 < fields.length; index += 2) info.set(String(fields[index]), fields[index + 1]);
    if (String(info.get('name')) !== group) continue;
    return Number(info.get('pending')) + (await lagOf(redis, topic, info));
  }
  return 0;
}

// Redis does not know the lag after entries were deleted in between; then they are counted, up to a bound.
async function lagOf(redis: Redis, topic: string, info: ReadonlyMap<string, unknown>): Promise<number> {
  const lag = info.get('lag');
  if (typeof lag === 'number') return lag;
  const entries = (await redis.call('XRANGE', topic, `(${String(info.get('last-delivered-id'))}`, '+', 'COUNT', 10_000)) as unknown[];
  return entries.length;
}
