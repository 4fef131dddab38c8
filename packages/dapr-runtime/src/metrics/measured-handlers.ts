import type { BindingHandler } from '../bindings/binding-handler.ts';
import type { TopicHandler } from '../subscriptions/topic-handler.ts';
import { timed, type Measuring } from './measured-component.ts';

/** The same app for events of a topic; what it says of each is counted. No answer counts as asking for it again. */
export function measuredTopics(handler: TopicHandler, measuring: Measuring | undefined): TopicHandler {
  if (measuring === undefined) return handler;
  const { metrics } = measuring;
  return {
    handle: (event, subscription, signal) =>
      timed(
        measuring,
        subscription.pubsub,
        () => handler.handle(event, subscription, signal),
        (measured, verdict) => metrics.delivered(subscription.topic, verdict?.kind ?? 'retry', measured),
      ),
    handleMany: (events, subscription, signal) =>
      timed(
        measuring,
        subscription.pubsub,
        () => handler.handleMany(events, subscription, signal),
        (measured, verdicts) =>
          metrics.deliveredMany(
            subscription.topic,
            events.map((_event, index) => verdicts?.[index]?.kind ?? 'retry'),
            measured,
          ),
      ),
  };
}

/** The same app for events of an input binding. */
export function measuredBindings(handler: BindingHandler, component: string, measuring: Measuring | undefined): BindingHandler {
  if (measuring === undefined) return handler;
  return {
    ...handler,
    handle: async (path, delivery, signal) => {
      const handled = async (): Promise<{ answer: Awaited<ReturnType<BindingHandler['handle']>> }> => ({
        answer: await handler.handle(path, delivery, signal),
      });
      return (
        await timed(measuring, component, handled, (measured, done) => measuring.metrics.deliveredBinding(done !== undefined, measured))
      ).answer;
    },
  };
}
