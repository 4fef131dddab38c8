import { ComponentError } from '../component-error.ts';
import { componentType, type ComponentType } from '../component-type.ts';
import { kafkaConnection, kafkaFields, kafkaOtherFields } from '../kafka/kafka-metadata.ts';
import { kafkaReader } from '../kafka/kafka-reader.ts';
import { kafkaWriter } from '../kafka/kafka-writer.ts';
import { optional } from '../metadata/fields.ts';
import { commaList, nonEmpty } from '../metadata/parsers.ts';
import type { Binding, BindingRequest } from './binding.ts';
import { textOfJson } from './text-of-json.ts';
import { openSubscriptions } from '../delivery/open-subscriptions.ts';

/** `bindings.kafka`: reads `topics` in a group, writes to `publishTopic`. */
export const kafkaBinding: ComponentType<'bindings'> = componentType({
  block: 'bindings',
  fields: { ...kafkaOtherFields, ...kafkaFields, topics: optional(commaList), publishTopic: optional(nonEmpty) },
  open: async (settings, context) => {
    const connection = kafkaConnection(settings, context);
    const writer = kafkaWriter(connection, settings);
    await writer.ping().catch(async (error: unknown) => {
      await writer.close();
      throw error;
    });
    const { topics = [], publishTopic } = settings;
    const group = settings.consumerGroup ?? settings.consumerID ?? context.appId;
    const open = openSubscriptions();
    const create = async ({ operation, data, metadata }: BindingRequest, topic: string, signal?: AbortSignal): Promise<void> => {
      if (operation !== 'create')
        throw new ComponentError('OperationNotSupported', `The Kafka binding cannot do "${operation}". Use create.`);
      await writer.write(topic, [{ data: textOfJson(data), metadata }], signal);
    };
    const binding: Binding = {
      ...(topics.length === 0
        ? {}
        : {
            input: {
              read: async (options) => {
                const subscription = await kafkaReader({ topics, group, connection, settings, options, context });
                return open.keep(subscription);
              },
            },
          }),
      ...(publishTopic === undefined
        ? {}
        : {
            output: {
              operations: ['create'],
              invoke: async (request, signal) => {
                await create(request, publishTopic, signal);
                return {};
              },
            },
          }),
      ping: writer.ping,
      close: async () => {
        await open.close();
        await writer.close();
      },
    };
    return binding;
  },
});
