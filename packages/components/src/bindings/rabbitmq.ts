import { ComponentError } from '../component-error.ts';
import { componentType, type ComponentType } from '../component-type.ts';
import { needed, optional, withDefault } from '../metadata/fields.ts';
import { flag, nonEmpty, wholeNumber } from '../metadata/parsers.ts';
import { isRefusal, rabbitClient, reasonOf } from '../rabbitmq/rabbit-client.ts';
import { envelopeOf } from '../rabbitmq/rabbit-envelope.ts';
import { rabbitConnection, rabbitFields, rabbitOtherFields } from '../rabbitmq/rabbit-metadata.ts';
import { rabbitReader } from '../rabbitmq/rabbit-reader.ts';
import type { Binding } from './binding.ts';
import { textOfJson } from './text-of-json.ts';
import { openSubscriptions } from '../delivery/open-subscriptions.ts';

/** `bindings.rabbitmq`: reads and writes one queue. */
export const rabbitBinding: ComponentType<'bindings'> = componentType({
  block: 'bindings',
  fields: {
    ...rabbitOtherFields,
    ...rabbitFields,
    queueName: needed(nonEmpty),
    deleteWhenUnused: withDefault(flag, false),
    exclusive: withDefault(flag, false),
    maxPriority: optional(wholeNumber(1, 255)),
    contentType: withDefault(nonEmpty, 'text/plain'),
  },
  open: async (settings, context) => {
    const client = await rabbitClient(rabbitConnection(settings, context.name), context);
    const { queueName: queue, durable, exclusive, maxPriority, ttlInSeconds } = settings;
    const queueOptions = {
      queue,
      durable,
      exclusive,
      autoDelete: settings.deleteWhenUnused,
      arguments: {
        ...(ttlInSeconds === undefined ? {} : { 'x-message-ttl': Math.round(ttlInSeconds) }),
        ...(maxPriority === undefined ? {} : { 'x-max-priority': maxPriority }),
      },
    };
    await client.connection.queueDeclare(queueOptions).catch(async (error: unknown) => {
      await client.close();
      const code = isRefusal(error) ? 'ComponentInvalid' : 'ComponentUnavailable';
      throw new ComponentError(code, `Component "${context.name}" cannot be opened: RabbitMQ says "${reasonOf(error)}" to its queue.`, {
        cause: error,
      });
    });
    const open = openSubscriptions();
    const binding: Binding = {
      input: {
        read: async (options) => {
          const subscription = await rabbitReader({
            client,
            queue,
            declarations: { queueOptions },
            prefetchCount: settings.prefetchCount,
            isSingle: false,
            options,
            context,
          });
          return open.keep(subscription);
        },
      },
      output: {
        operations: ['create'],
        invoke: async ({ operation, data, metadata }, signal) => {
          if (operation !== 'create')
            throw new ComponentError('OperationNotSupported', `The RabbitMQ binding cannot do "${operation}". Use create.`);
          const contentType = metadata['contentType'] ?? settings.contentType;
          const envelope = envelopeOf(metadata, { isDurable: durable, contentType, ttlMs: undefined });
          await client.send({ ...envelope, exchange: '', routingKey: queue }, textOfJson(data), signal).catch((error: unknown) => {
            if (signal?.aborted || error instanceof ComponentError) throw error;
            throw new ComponentError('ComponentUnavailable', `Nothing was sent to queue "${queue}" of RabbitMQ: ${reasonOf(error)}.`, {
              cause: error,
            });
          });
          return {};
        },
      },
      ping: async () => client.refuseUnlessUp(),
      close: async () => {
        await open.close();
        await client.close();
      },
    };
    return binding;
  },
});
