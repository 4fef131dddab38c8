import { done, type ComponentEvent, type Deliver, type Delivery, type Outcome, type PubSub } from '@openfunction/components';
import { hasExpired, receivedEvent } from '../cloudevents/received-event.ts';
import { cloudEventType, type CloudEvent } from '../cloudevents/cloud-event.ts';
import { pathFor } from './routes.ts';
import { isRaw, type TopicSubscription } from './subscription.ts';
import type { TopicEvent, TopicHandler, Verdict } from './topic-handler.ts';

export interface DeliverTopicOptions {
  subscription: TopicSubscription;
  handler: TopicHandler;
  broker: Pick<PubSub, 'publish'>;
  now(): number;
  report(event: ComponentEvent): void;
}

/** From a message of a topic to what the broker is told of it: event, route, the app's verdict, dead letter. */
export function deliverTopic(options: DeliverTopicOptions): Deliver {
  const { subscription, handler } = options;
  return async (batch, signal) => {
    const events = batch.map((delivery) => routed(delivery, options));
    const verdicts = await ask(
      events.filter((event): event is TopicEvent => event !== undefined),
      signal,
    );
    let asked = 0;
    return Promise.all(
      events.map(async (event): Promise<Outcome> => (event === undefined ? done : conclude(event, verdicts[asked++], options))),
    );
  };

  async function ask(events: TopicEvent[], signal: AbortSignal): Promise<(Verdict | undefined)[]> {
    if (subscription.bulk === undefined) return Promise.all(events.map((event) => settled(handler.handle(event, subscription, signal))));
    const verdicts = new Map<TopicEvent, Verdict>();
    for (const group of Map.groupBy(events, ({ path }) => path).values()) {
      const answers = await handler.handleMany(group, subscription, signal).catch((error: unknown) => group.map(() => unreachable(error)));
      group.forEach((event, index) =>
        verdicts.set(event, answers[index] ?? { kind: 'retry', reason: 'the app said nothing of this entry' }),
      );
    }
    return events.map((event) => verdicts.get(event));
  }
}

function settled(answer: Promise<Verdict>): Promise<Verdict> {
  return answer.catch(unreachable);
}

function unreachable(error: unknown): Verdict {
  return { kind: 'retry', reason: `the app could not be asked (${error instanceof Error ? error.message : String(error)})` };
}

/** Nothing for what no rule takes, and for what has expired. */
function routed(delivery: Delivery, { subscription, now }: DeliverTopicOptions): TopicEvent | undefined {
  const event = receivedEvent(delivery, { topic: subscription.topic, pubsub: subscription.pubsub, rawPayload: isRaw(subscription) });
  if (hasExpired(event, now())) return undefined;
  const path = pathFor(subscription.routes, event);
  return path === undefined ? undefined : { path, event, delivery };
}

async function conclude(event: TopicEvent, verdict: Verdict | undefined, options: DeliverTopicOptions): Promise<Outcome> {
  const { deadLetterTopic, pubsub, topic } = options.subscription;
  if (verdict === undefined || verdict.kind === 'success') return done;
  const fields = { topic, reason: verdict.reason, attempt: event.delivery.attempt };
  if (deadLetterTopic === undefined) {
    options.report({
      level: 'warn',
      message: verdict.kind === 'drop' ? 'a message was dropped' : 'a message will be tried again',
      component: pubsub,
      fields,
    });
    return verdict.kind === 'drop' ? done : { kind: 'retry', error: new Error(verdict.reason) };
  }
  return bury(event, verdict.reason, deadLetterTopic, options);
}

/** As in Dapr: where there is a topic for dead letters, what fails goes there at once. */
async function bury(
  { event, delivery }: TopicEvent,
  reason: string,
  deadLetterTopic: string,
  { subscription, broker, report }: DeliverTopicOptions,
): Promise<Outcome> {
  const fields = { topic: subscription.topic, deadLetterTopic, reason };
  try {
    await broker.publish({
      topic: deadLetterTopic,
      metadata: { ...partitionOf(delivery), deadLetterReason: reason },
      ...letterOf(event, delivery, reason, isRaw(subscription)),
    });
    report({ level: 'warn', message: 'a message went to its dead-letter topic', component: subscription.pubsub, fields });
    return done;
  } catch (error) {
    // It is not lost: the broker gives it again.
    report({
      level: 'error',
      message: 'a message could not go to its dead-letter topic and will be tried again',
      component: subscription.pubsub,
      fields,
    });
    return { kind: 'retry', error };
  }
}

function letterOf(
  event: CloudEvent,
  delivery: Delivery,
  reason: string,
  isRawPayload: boolean,
): { data: Uint8Array; contentType?: string } {
  if (isRawPayload) return { data: delivery.data, ...(delivery.contentType === undefined ? {} : { contentType: delivery.contentType }) };
  return { data: Buffer.from(JSON.stringify({ ...event, deadletterreason: reason })), contentType: cloudEventType };
}

const partitionOf = ({ metadata }: Delivery): Record<string, string> =>
  metadata['partitionKey'] === undefined ? {} : { partitionKey: metadata['partitionKey'] };
