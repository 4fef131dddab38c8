import type { Delivery } from '@openfunction/components';
import type { CloudEvent } from '../cloudevents/cloud-event.ts';
import type { TopicSubscription } from './subscription.ts';

/** What an app says of an event: `drop` takes it from the topic like `success`, and not as handled. */
export type Verdict =
  | { kind: 'success' }
  | {
      kind: 'retry' | 'drop';
      reason: string;
      /** Of the answer over HTTP, where it was the status that said so. */
      status?: number;
    };

export interface TopicEvent {
  path: string;
  event: CloudEvent;
  delivery: Delivery;
}

/** Hands events to an app, over whichever protocol. It rejects when the app could not be asked. */
export interface TopicHandler {
  handle(event: TopicEvent, subscription: TopicSubscription, signal: AbortSignal): Promise<Verdict>;
  /** A verdict for each, in order. */
  handleMany(events: readonly TopicEvent[], subscription: TopicSubscription, signal: AbortSignal): Promise<Verdict[]>;
}
