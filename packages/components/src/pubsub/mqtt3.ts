import { createHash } from 'node:crypto';
import { componentType, type ComponentType } from '../component-type.ts';
import { withDefault } from '../metadata/fields.ts';
import { flag, parseOrRefuse, wholeNumber } from '../metadata/parsers.ts';
import { mqttConnection, mqttFields } from '../mqtt/mqtt-metadata.ts';
import { mqttPublisher, retainOf } from '../mqtt/mqtt-publisher.ts';
import { mqttReader } from '../mqtt/mqtt-reader.ts';
import type { PubSub } from './pubsub.ts';
import { openSubscriptions } from '../delivery/open-subscriptions.ts';

/** `pubsub.mqtt3`: each `consumerID` is a session of the broker. Several consumers share a topic as `$share/GROUP/TOPIC`, each with a consumerID of its own. */
export const mqttPubSub: ComponentType<'pubsub'> = componentType({
  block: 'pubsub',
  fields: { ...mqttFields, qos: withDefault(wholeNumber(0, 2), 1) },
  open: async (settings, context) => {
    const connection = mqttConnection(settings, context.name);
    const consumer = settings.consumerID ?? context.appId;
    const qos = settings.qos as 0 | 1 | 2;
    if (qos === 2)
      context.report({
        level: 'warn',
        message: 'qos 2 holds for publishing; subscriptions have qos 1, for a handler may always see a message again',
        component: context.name,
      });
    const publisher = await mqttPublisher(connection, consumer, context);
    const open = openSubscriptions();
    const pubsub: PubSub = {
      features: new Set(['SUBSCRIBE_WILDCARDS'] as const),
      publish: async ({ topic, data, metadata }, signal) =>
        publisher.publish(topic, data, { qos, retain: retainOf(metadata, settings.retain) }, signal),
      subscribe: async (options) => {
        const unsubscribes = parseOrRefuse(flag, options.metadata?.['unsubscribeOnClose'] ?? 'false', 'Metadata "unsubscribeOnClose"');
        const subscription = await mqttReader({
          topic: options.topic,
          // One session for each topic: a slow handler of one must not use up what the broker sends of another.
          clientId: `${consumer}-${createHash('sha256').update(options.topic).digest('hex').slice(0, 8)}`,
          clean: settings.cleanSession,
          unsubscribes,
          qos: qos === 0 ? 0 : 1,
          connection,
          options,
          context,
        });
        return open.keep(subscription);
      },
      ping: publisher.ping,
      close: async () => {
        await open.close();
        await publisher.close();
      },
    };
    return pubsub;
  },
});
