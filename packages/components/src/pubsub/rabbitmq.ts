import type { ConsumerProps } from 'rabbitmq-client';
import { ComponentError } from '../component-error.ts';
import { componentType, type ComponentType } from '../component-type.ts';
import { optional, withDefault, withoutEffect, type SettingsOf } from '../metadata/fields.ts';
import { commaList, flag, nonEmpty, oneOf, parseOrRefuse, wholeNumber, type Parser } from '../metadata/parsers.ts';
import { onlyFalse } from '../metadata/unsupported.ts';
import { rabbitClient, reasonOf, isRefusal, type RabbitClient } from '../rabbitmq/rabbit-client.ts';
import { envelopeOf } from '../rabbitmq/rabbit-envelope.ts';
import { rabbitConnection, rabbitFields, rabbitOtherFields } from '../rabbitmq/rabbit-metadata.ts';
import { rabbitReader } from '../rabbitmq/rabbit-reader.ts';
import type { Publication, PubSub, SubscribeOptions } from './pubsub.ts';
import { openSubscriptions } from '../delivery/open-subscriptions.ts';

const ownFields = {
  consumerID: optional(nonEmpty),
  deletedWhenUnused: withDefault(flag, true, 'deleteWhenUnused'),
  deliveryMode: withDefault(wholeNumber(0, 2), 0),
  exchangeKind: withDefault(oneOf('fanout', 'topic', 'direct'), 'fanout'),
  enableDeadLetter: withDefault(flag, false),
  maxLen: optional(wholeNumber(0)),
  maxLenBytes: optional(wholeNumber(0)),
  concurrency: withDefault(oneOf('parallel', 'single'), 'parallel'),
};

const fields = {
  ...rabbitOtherFields,
  ...rabbitFields,
  ...ownFields,
  autoAck: optional(onlyFalse('taking a message before it is handled')),
  // Both are always so: a publication is confirmed, and what failed comes again.
  publisherConfirm: withoutEffect(flag),
  requeueInFailure: withoutEffect(flag),
};

type Settings = SettingsOf<typeof rabbitFields & typeof ownFields>;

/** `pubsub.rabbitmq`: a topic is an exchange, a group a queue that is bound to it. */
export const rabbitPubSub: ComponentType<'pubsub'> = componentType({
  block: 'pubsub',
  fields,
  open: async (settings, context) => {
    const client = await rabbitClient(rabbitConnection(settings, context.name), context);
    const publisher = exchangePublisher(client, settings);
    const open = openSubscriptions();
    const pubsub: PubSub = {
      features: new Set(['MESSAGE_TTL'] as const),
      publish: publisher,
      subscribe: async (options) => {
        const queue = options.metadata?.['queueName'] ?? `${settings.consumerID ?? context.appId}-${options.topic}`;
        if (settings.enableDeadLetter) await declareDeadLetters(client, settings, queue);
        const subscription = await rabbitReader({
          client,
          queue,
          declarations: declarationsOf(settings, options, queue),
          prefetchCount: settings.prefetchCount,
          isSingle: settings.concurrency === 'single',
          options,
          context,
        });
        return open.keep(subscription);
      },
      ping: async () => client.refuseUnlessUp(),
      close: async () => {
        await open.close();
        await client.close();
      },
    };
    return pubsub;
  },
});

function exchangePublisher(client: RabbitClient, settings: Settings): PubSub['publish'] {
  const declared = new Set<string>();
  const send = async ({ topic, data, contentType = 'text/plain', metadata }: Publication, signal?: AbortSignal): Promise<void> => {
    if (!declared.has(topic)) await client.connection.exchangeDeclare(exchangeOf(settings, topic));
    declared.add(topic);
    const envelope = envelopeOf(metadata, { isDurable: settings.deliveryMode === 2, contentType, ttlMs: settings.ttlInSeconds });
    await client.send({ ...envelope, exchange: topic, routingKey: metadata?.['routingKey'] ?? '' }, data, signal);
  };
  return async (message, signal) => {
    client.refuseUnlessUp();
    try {
      await send(message, signal).catch(async (error: unknown) => {
        // An exchange that nobody is bound to any more may be gone since it was declared.
        if ((error as { code?: unknown }).code !== 'NOT_FOUND') throw error;
        declared.delete(message.topic);
        await send(message, signal);
      });
    } catch (error) {
      if (signal?.aborted || error instanceof ComponentError) throw error;
      const code = isRefusal(error) ? 'RequestRejected' : 'ComponentUnavailable';
      throw new ComponentError(code, `Nothing was published to "${message.topic}" of RabbitMQ: ${reasonOf(error)}.`, { cause: error });
    }
  };
}

type Exchange = NonNullable<ConsumerProps['exchanges']>[number];

function exchangeOf({ exchangeKind, durable, deletedWhenUnused }: Settings, exchange: string): Exchange {
  return { exchange, type: exchangeKind, durable, autoDelete: deletedWhenUnused };
}

function declarationsOf(
  settings: Settings,
  { topic, metadata = {} }: SubscribeOptions,
  queue: string,
): Pick<ConsumerProps, 'queueOptions' | 'exchanges' | 'queueBindings'> {
  const given = <T>(name: string, parser: Parser<T>): T | undefined => {
    const value = metadata[name];
    return value === undefined || value === '' ? undefined : parseOrRefuse(parser, value, `Metadata "${name}" of the subscription`);
  };
  const routingKeys = given('routingKey', commaList) ?? [''];
  const maxLen = given('maxLen', wholeNumber(0)) ?? settings.maxLen;
  const maxLenBytes = given('maxLenBytes', wholeNumber(0)) ?? settings.maxLenBytes;
  const maxPriority = given('maxPriority', wholeNumber(0, 255));
  return {
    exchanges: [exchangeOf(settings, topic)],
    queueOptions: {
      queue,
      durable: settings.durable,
      autoDelete: settings.deletedWhenUnused,
      arguments: {
        'x-queue-type': given('queueType', oneOf('classic', 'quorum')) ?? 'classic',
        ...(settings.enableDeadLetter ? { 'x-dead-letter-exchange': `dlx-${queue}` } : {}),
        ...(maxLen === undefined ? {} : { 'x-max-length': maxLen }),
        ...(maxLenBytes === undefined ? {} : { 'x-max-length-bytes': maxLenBytes }),
        ...(maxPriority === undefined ? {} : { 'x-max-priority': maxPriority }),
        ...(given('singleActiveConsumer', flag) === true ? { 'x-single-active-consumer': true } : {}),
      },
    },
    queueBindings: routingKeys.map((routingKey) => ({ queue, exchange: topic, routingKey })),
  };
}

async function declareDeadLetters(
  { connection }: RabbitClient,
  { deletedWhenUnused, maxLen, maxLenBytes }: Settings,
  queue: string,
): Promise<void> {
  const [exchange, deadQueue] = [`dlx-${queue}`, `dlq-${queue}`];
  const lengths = {
    ...(maxLen === undefined ? {} : { 'x-max-length': maxLen }),
    ...(maxLenBytes === undefined ? {} : { 'x-max-length-bytes': maxLenBytes }),
  };
  try {
    await connection.exchangeDeclare({ exchange, type: 'fanout', durable: true, autoDelete: deletedWhenUnused });
    await connection.queueDeclare({
      queue: deadQueue,
      durable: true,
      autoDelete: deletedWhenUnused,
      arguments: { ...lengths, 'x-queue-mode': 'lazy' },
    });
    await connection.queueBind({ queue: deadQueue, exchange, routingKey: '' });
  } catch (error) {
    const code = isRefusal(error) ? 'RequestRejected' : 'ComponentUnavailable';
    throw new ComponentError(
      code,
      `The dead letters of queue ${JSON.stringify(queue)} cannot be set up: RabbitMQ says "${reasonOf(error)}".`,
      { cause: error },
    );
  }
}
