import type { ReadOptions, Subscription } from '../delivery/delivery.ts';

export interface Publication {
  topic: string;
  data: Uint8Array;
  contentType?: string;
  /** Of this message; names as Dapr's, such as `partitionKey`, `ttlInSeconds`. */
  metadata?: Record<string, string>;
}

export interface SubscribeOptions extends ReadOptions {
  topic: string;
}

export type PubSubFeature = 'MESSAGE_TTL' | 'SUBSCRIBE_WILDCARDS' | 'BULK_PUBLISH';

export interface PubSub {
  readonly features: ReadonlySet<PubSubFeature>;
  /** Resolves when the broker has the message, and not before. */
  publish(message: Publication, signal?: AbortSignal): Promise<void>;
  /** Several for one topic; the result has the error of each that failed, in order. One by one where the broker knows nothing better. */
  publishMany?(topic: string, messages: readonly Omit<Publication, 'topic'>[], signal?: AbortSignal): Promise<(Error | undefined)[]>;
  /** Consumers of one group, which the component's metadata names (the app by default), share the messages; each group gets all. */
  subscribe(options: SubscribeOptions): Promise<Subscription>;
  ping(signal?: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
