import type { Deliver, Outcome } from '@openfunction/components';
import type { AskedSubscription } from './asked-subscriptions.ts';
import { deliverTopic, type DeliverTopicOptions } from './deliver-topic.ts';

/** Delivers as the app says that it takes the topic, where it is to be asked. What comes while it cannot be asked comes again. */
export function deliverAsked(asked: AskedSubscription | undefined, options: DeliverTopicOptions): Deliver {
  if (asked === undefined) return deliverTopic(options);
  return async (batch, signal) => {
    try {
      return await deliverTopic({ ...options, subscription: await asked(options.subscription, signal) })(batch, signal);
    } catch (error) {
      const { topic, pubsub } = options.subscription;
      const reason = error instanceof Error ? error.message : String(error);
      options.report({
        level: 'warn',
        message: 'the app could not be asked where it takes a topic',
        component: pubsub,
        fields: { topic, reason },
      });
      return batch.map((): Outcome => ({ kind: 'retry', error }));
    }
  };
}
