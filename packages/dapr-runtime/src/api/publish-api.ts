import type { OpenedComponent, PubSub } from '@openfunction/components';
import type { AppComponents } from '../app/app-components.ts';
import type { AppIdentity } from '../app/app-identity.ts';
import { wrapEvent } from '../cloudevents/wrap-event.ts';
import { ApiError } from './api-error.ts';
import { componentFailure } from './component-failure.ts';
import { findComponent, type Missing } from './find-component.ts';
import { mayUseTopic } from './topic-scopes.ts';

export interface ToPublish {
  data: Uint8Array;
  contentType?: string;
  metadata?: Record<string, string>;
}

export interface PublishContext {
  traceparent?: string;
  tracestate?: string;
  signal?: AbortSignal;
}

export interface BulkEntry extends ToPublish {
  entryId: string;
}

export interface PublishApi {
  publish(pubsub: string, topic: string, message: ToPublish, context?: PublishContext): Promise<void>;
  /** Those that failed, with why. */
  publishMany(
    pubsub: string,
    topic: string,
    entries: readonly BulkEntry[],
    context?: PublishContext,
  ): Promise<{ entryId: string; error: string }[]>;
}

export const missingBroker: Missing = {
  notConfigured: 'ERR_PUBSUB_NOT_CONFIGURED',
  notFound: 'ERR_PUBSUB_NOT_FOUND',
  what: 'pub/sub component',
};

export function publishApi(components: AppComponents, app: AppIdentity, now: () => number): PublishApi {
  const target = (pubsub: string, topic: string): PubSub => {
    if (pubsub === '') throw new ApiError('ERR_PUBSUB_EMPTY', 'No pub/sub component was named. Put its name into the path.');
    const found: Extract<OpenedComponent, { block: 'pubsub' }> = findComponent(components, 'pubsub', pubsub, missingBroker);
    if (topic === '') throw new ApiError('ERR_TOPIC_NAME_EMPTY', 'No topic was named. Put its name into the path.');
    if (!mayUseTopic(found.runtime, 'publish', app.id, topic))
      throw new ApiError(
        'ERR_PUBSUB_FORBIDDEN',
        `App "${app.id}" may not publish to topic "${topic}". See the scopes in the metadata of the Component.`,
      );
    return found.component;
  };
  const wrapped = (
    pubsub: string,
    topic: string,
    { data, contentType, metadata = {} }: ToPublish,
    context: PublishContext | undefined,
  ): Required<Omit<ToPublish, 'contentType'>> & { contentType?: string } => {
    if (metadata['rawPayload'] === 'true') return { data, metadata, ...(contentType === undefined ? {} : { contentType }) };
    return { ...wrapEvent({ data, contentType, topic, pubsub, appId: app.id, metadata, now: now(), ...context }), metadata };
  };
  return {
    publish: async (pubsub, topic, message, context) => {
      const broker = target(pubsub, topic);
      const event = wrapped(pubsub, topic, message, context);
      try {
        await broker.publish({ topic, ...event }, context?.signal);
      } catch (error) {
        throw componentFailure('ERR_PUBSUB_PUBLISH_MESSAGE', error);
      }
    },
    publishMany: async (pubsub, topic, entries, context) => {
      const broker = target(pubsub, topic);
      refuseTwice(entries);
      const events = entries.map((entry) => wrapped(pubsub, topic, entry, context));
      const errors = await publishAll(broker, topic, events, context?.signal);
      return entries.flatMap(({ entryId }, index) => {
        const error = errors[index];
        return error === undefined ? [] : [{ entryId, error: error.message }];
      });
    },
  };
}

function refuseTwice(entries: readonly BulkEntry[]): void {
  const seen = new Set<string>();
  for (const { entryId } of entries) {
    if (entryId === '' || seen.has(entryId))
      throw new ApiError('ERR_PUBSUB_EVENTS_SER', 'Nothing was published: each entry needs an entryId of its own. Correct the request.');
    seen.add(entryId);
  }
}

async function publishAll(
  broker: PubSub,
  topic: string,
  events: readonly ToPublish[],
  signal: AbortSignal | undefined,
): Promise<(Error | undefined)[]> {
  try {
    if (broker.publishMany !== undefined) return await broker.publishMany(topic, events, signal);
    const results = await Promise.allSettled(events.map((event) => broker.publish({ topic, ...event }, signal)));
    return results.map((result) => (result.status === 'fulfilled' ? undefined : asError(result.reason)));
  } catch (error) {
    return events.map(() => asError(error));
  }
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
