import { randomUUID } from 'node:crypto';
import type { PubSub, StateOperation } from '@openfunction/components';
import { ApiError } from '../api/api-error.ts';
import type { PublishContext } from '../api/publish-api.ts';
import type { StateChange } from '../api/state-api.ts';
import { mayUseTopic } from '../api/topic-scopes.ts';
import type { AppComponents } from '../app/app-components.ts';
import type { AppIdentity } from '../app/app-identity.ts';
import { wrapEvent } from '../cloudevents/wrap-event.ts';
import { waitingTopic, type OutboxSettings } from './outbox-settings.ts';
import { planOutbox } from './plan-outbox.ts';

export interface TransactWithOutboxOptions {
  app: AppIdentity;
  components: AppComponents;
  settings: OutboxSettings;
  changes: readonly StateChange[];
  context: PublishContext;
  now: number;
  operationOf(change: StateChange): StateOperation;
  transact(operations: StateOperation[]): Promise<void>;
}

/**
 * Puts the messages where they wait, and then writes with a mark for each in the same transaction: a message whose mark is not there
 * is not sent. Rejects, and nothing is written, when a message cannot wait.
 */
export async function transactWithOutbox(options: TransactWithOutboxOptions): Promise<void> {
  const { app, settings, changes, context, now, operationOf, transact } = options;
  const { writes, messages } = planOutbox(changes, randomUUID);
  const broker = brokerOf(options);
  await Promise.all(
    messages.map(({ id, data, contentType, metadata }) => {
      const given = { ...metadata, 'cloudevent.id': id };
      const { publishPubsub: pubsub, publishTopic: topic } = settings;
      const event = wrapEvent({ data, contentType, topic, pubsub, appId: app.id, metadata: given, now, ...context });
      return broker.publish({ topic: waitingTopic(settings, app), ...event }, context.signal);
    }),
  );
  await transact([
    ...writes.map(operationOf),
    ...messages.map(({ id }): StateOperation => ({ kind: 'set', key: id, value: Buffer.from('0') })),
  ]);
}

function brokerOf({ app, components, settings }: TransactWithOutboxOptions): PubSub {
  const [waiting, last] = [components.find('pubsub', settings.outboxPubsub), components.find('pubsub', settings.publishPubsub)];
  if (waiting === undefined || last === undefined) {
    const name = waiting === undefined ? settings.outboxPubsub : settings.publishPubsub;
    throw new ApiError(
      'ERR_STATE_TRANSACTION',
      `Nothing was written: the outbox names pub/sub component "${name}", which this app has not. Correct the Component of the store.`,
    );
  }
  if (!mayUseTopic(last.runtime, 'publish', app.id, settings.publishTopic))
    throw new ApiError(
      'ERR_PUBSUB_FORBIDDEN',
      `Nothing was written: app "${app.id}" may not publish to topic "${settings.publishTopic}" of the outbox. See the scopes of "${settings.publishPubsub}".`,
    );
  return waiting.component;
}
