import type { BindingHandler } from '../bindings/binding-handler.ts';
import type { AppChannel } from '../channel/app-channel.ts';
import type { ConfigurationChange } from '../api/configuration-api.ts';
import type { TopicHandler } from '../subscriptions/topic-handler.ts';
import type { TopicSubscription } from '../subscriptions/subscription.ts';

/** What other apps call of an app. */
export type Invokable = Pick<AppChannel, 'stream'>;

/** Everything that the runtime asks of an app, over whichever protocol the app speaks. */
export interface AppPort {
  readonly protocol: 'http' | 'grpc';
  readonly address: string;
  /** Resolves when the app listens. */
  ready(signal: AbortSignal): Promise<void>;
  /** Whether the app says that it is well; the path is for those that speak HTTP. It waits for no turn among other calls. */
  probe(path: string, signal: AbortSignal): Promise<boolean>;
  /**
   * What the app says itself that it subscribes to; rejects when the app cannot be asked. An app that failed to answer wants nothing,
   * unless it must answer: then that rejects, too.
   */
  subscriptions(signal: AbortSignal, how?: { mustAnswer: boolean }): Promise<TopicSubscription[]>;
  readonly topics: TopicHandler;
  readonly bindings: BindingHandler;
  readonly invokable: Invokable;
  tellConfiguration(change: ConfigurationChange, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
