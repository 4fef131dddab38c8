import { componentType, type ComponentType } from '../component-type.ts';
import { kafkaConnection, kafkaFields, kafkaOtherFields } from '../kafka/kafka-metadata.ts';
import { kafkaReader } from '../kafka/kafka-reader.ts';
import { kafkaWriter } from '../kafka/kafka-writer.ts';
import type { PubSub } from './pubsub.ts';
import { openSubscriptions } from '../delivery/open-subscriptions.ts';

/** `pubsub.kafka`: order within a partition; an offset is committed when the handler of its message and of all before it has ended. */
export const kafkaPubSub: ComponentType<'pubsub'> = componentType({
  block: 'pubsub',
  fields: { ...kafkaOtherFields, ...kafkaFields },
  open: async (settings, context) => {
    const connection = kafkaConnection(settings, context);
    const writer = kafkaWriter(connection, settings);
    await writer.ping().catch(async (error: unknown) => {
      await writer.close();
      throw error;
    });
    const group = settings.consumerGroup ?? settings.consumerID ?? context.appId;
    const open = openSubscriptions();
    const pubsub: PubSub = {
      features: new Set(['BULK_PUBLISH'] as const),
      publish: async (message, signal) => writer.write(message.topic, [message], signal),
      publishMany: async (topic, messages, signal) => {
        // One request: it has one answer for all.
        const error = await writer.write(topic, messages, signal).then(
          () => undefined,
          (failure: unknown) => (failure instanceof Error ? failure : new Error(String(failure))),
        );
        return messages.map(() => error);
      },
      subscribe: async (options) => {
        const subscription = await kafkaReader({ topics: [options.topic], group, connection, settings, options, context });
        return open.keep(subscription);
      },
      ping: writer.ping,
      close: async () => {
        await open.close();
        await writer.close();
      },
    };
    return pubsub;
  },
});
