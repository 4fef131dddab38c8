import type { Route } from './routes.ts';

/** What an app wants of a topic, whichever way it said so. */
export interface TopicSubscription {
  pubsub: string;
  topic: string;
  routes: Route[];
  deadLetterTopic?: string;
  metadata: Record<string, string>;
  bulk?: { maxMessages: number; maxWaitMs: number };
  /** Dapr's words for how it came. */
  type: 'DECLARATIVE' | 'PROGRAMMATIC' | 'STREAMING';
}

export const isRaw = ({ metadata }: Pick<TopicSubscription, 'metadata'>): boolean => metadata['rawPayload'] === 'true';
