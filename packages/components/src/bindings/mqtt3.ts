import { ComponentError } from '../component-error.ts';
import { componentType, type ComponentType } from '../component-type.ts';
import { needed, withoutEffect } from '../metadata/fields.ts';
import { nonEmpty, wholeNumber } from '../metadata/parsers.ts';
import { mqttConnection, mqttFields } from '../mqtt/mqtt-metadata.ts';
import { mqttPublisher, retainOf } from '../mqtt/mqtt-publisher.ts';
import { mqttReader } from '../mqtt/mqtt-reader.ts';
import type { Binding } from './binding.ts';
import { textOfJson } from './text-of-json.ts';
import { openSubscriptions } from '../delivery/open-subscriptions.ts';

/** `bindings.mqtt3`: reads and writes one topic at QoS 1. */
export const mqttBinding: ComponentType<'bindings'> = componentType({
  block: 'bindings',
  fields: {
    ...mqttFields,
    topic: needed(nonEmpty),
    // Dapr has given up the first; a failed message comes again here as from every source.
    qos: withoutEffect(wholeNumber(0, 2)),
    backOffMaxRetries: withoutEffect(wholeNumber(-1)),
  },
  open: async (settings, context) => {
    const connection = mqttConnection(settings, context.name);
    const clientId = settings.consumerID ?? context.appId;
    const publisher = await mqttPublisher(connection, clientId, context);
    const open = openSubscriptions();
    const binding: Binding = {
      input: {
        read: async (options) => {
          const subscription = await mqttReader({
            topic: settings.topic,
            clientId,
            clean: settings.cleanSession,
            unsubscribes: false,
            qos: 1,
            connection,
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
            throw new ComponentError('OperationNotSupported', `The MQTT binding cannot do "${operation}". Use create.`);
          const topic = metadata['topic'] ?? settings.topic.replace(/^\$share\/[^/]+\//, '');
          await publisher.publish(topic, textOfJson(data), { qos: 1, retain: retainOf(metadata, settings.retain) }, signal);
          return {};
        },
      },
      ping: publisher.ping,
      close: async () => {
        await open.close();
        await publisher.close();
      },
    };
    return binding;
  },
});
