import { Producer, type MessageToProduce } from '@platformatic/kafka';
import { abortable } from '../abortable.ts';
import { ComponentError } from '../component-error.ts';
import type { Publication } from '../pubsub/pubsub.ts';
import { becauseOf, isRefusal } from './kafka-failure.ts';
import type { KafkaConnection, KafkaSettings } from './kafka-metadata.ts';

export interface KafkaWriter {
  /** Resolves when all replicas in sync have the messages. */
  write(topic: string, messages: readonly Omit<Publication, 'topic'>[], signal?: AbortSignal): Promise<void>;
  ping(signal?: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export function kafkaWriter(connection: KafkaConnection, settings: Pick<KafkaSettings, 'compression' | 'maxMessageBytes'>): KafkaWriter {
  const producer = new Producer({
    ...connection,
    acks: -1,
    compression: settings.compression,
    autocreateTopics: true,
    retries: 3,
    retryDelay: 250,
    strict: false,
  });
  return {
    write: async (topic, messages, signal) => {
      for (const { data } of messages) refuseLarge(data, settings.maxMessageBytes);
      const sending = producer.send({ messages: messages.map((message) => messageOf(topic, message)) });
      await abortable(sending, signal).catch((error: unknown) => {
        if (signal?.aborted) throw error;
        const code = isRefusal(error) ? 'RequestRejected' : 'ComponentUnavailable';
        throw new ComponentError(code, `Nothing was published to topic "${topic}" of Kafka: ${becauseOf(error)}.`, { cause: error });
      });
    },
    ping: async (signal) => {
      await abortable(producer.metadata({ topics: [], forceUpdate: true, retries: 0 }), signal).catch((error: unknown) => {
        throw new ComponentError(
          'ComponentUnavailable',
          `Kafka does not answer: ${becauseOf(error)}. Are its brokers up, and the addresses right?`,
          {
            cause: error,
          },
        );
      });
    },
    close: async () => producer.close(),
  };
}

function refuseLarge(data: Uint8Array, maxBytes: number | undefined): void {
  if (maxBytes === undefined || data.length <= maxBytes) return;
  throw new ComponentError(
    'RequestRejected',
    `Nothing was published: the message has ${data.length} bytes, more than maxMessageBytes (${maxBytes}).`,
  );
}

function messageOf(topic: string, { data, contentType, metadata = {} }: Omit<Publication, 'topic'>): MessageToProduce {
  if (metadata['valueSchemaType'] !== undefined && metadata['valueSchemaType'] !== 'None')
    throw new ComponentError('RequestRejected', 'Nothing was published: valueSchemaType is not supported here. Leave it out.');
  const key = metadata['partitionKey'] ?? metadata['__key'];
  const headers = new Map<Buffer, Buffer>();
  for (const [name, value] of Object.entries(metadata))
    if (name !== 'partitionKey' && !name.startsWith('__') && name !== 'rawPayload') headers.set(Buffer.from(name), Buffer.from(value));
  if (contentType !== undefined) headers.set(Buffer.from('content-type'), Buffer.from(contentType));
  return {
    topic,
    value: Buffer.from(data.buffer, data.byteOffset, data.byteLength),
    headers,
    ...(key === undefined ? {} : { key: Buffer.from(key) }),
  };
}
