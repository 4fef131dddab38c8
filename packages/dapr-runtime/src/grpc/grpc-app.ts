import { grpcTransport, RpcError } from '@openfunction/protocol';
import {
  createAppCallbackClient,
  createAppHealthClient,
  type AppCallback,
  type BindingEventResponse,
  type DaprCall,
  type TopicSubscription as Listed,
} from '@openfunction/protocol/dapr';
import { ApiError } from '../api/api-error.ts';
import type { AppPort } from '../app/app-port.ts';
import type { BindingAnswer } from '../bindings/binding-handler.ts';
import { traceHeaders } from '../cloudevents/trace-headers.ts';
import { untilListening, type Retrying } from '../channel/until-listening.ts';
import { route, type Route } from '../subscriptions/routes.ts';
import type { TopicSubscription } from '../subscriptions/subscription.ts';
import type { TopicEvent, TopicHandler, Verdict } from '../subscriptions/topic-handler.ts';
import { grpcInvokable } from './invoke-service.ts';
import { instanceTransport, type UseInstance } from './instance-transport.ts';
import { limitTransport } from './limit-transport.ts';
import { topicEventRequest } from './topic-event-request.ts';
import { verdictOf } from './verdict.ts';

export interface GrpcAppOptions extends Retrying {
  host: string;
  port: number;
  /** Sent with each call as `dapr-api-token`. */
  token?: string;
  /** Calls that the app gets at once; without it, as many as there are. */
  maxConcurrency?: number;
  /** Each call takes an instance of the app, which need not run before; nobody listens at host and port then. */
  useInstance?: UseInstance;
}

/** An app that speaks gRPC: it serves Dapr's AppCallback. */
export function grpcApp(options: GrpcAppOptions): AppPort {
  const { host, port, token, maxConcurrency } = options;
  const address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const { useInstance } = options;
  const unlimited = useInstance === undefined ? grpcTransport(address) : instanceTransport(useInstance, options);
  const transport = maxConcurrency === undefined ? unlimited : limitTransport(unlimited, maxConcurrency);
  const checkHealth = createAppHealthClient(unlimited);
  const callback = createAppCallbackClient(transport);
  const call = (signal: AbortSignal, more: Record<string, string> = {}): DaprCall => ({
    signal,
    headers: { ...more, ...(token === undefined ? {} : { 'dapr-api-token': token }) },
  });
  let listed: Promise<string[]> | undefined;
  return {
    protocol: 'grpc',
    address,
    ready: async (signal) => (useInstance === undefined ? untilListening({ host, port }, { ...options, signal }) : undefined),
    probe: async (_path, signal) => {
      await checkHealth(call(signal));
      return true;
    },
    subscriptions: async (signal) => {
      const { subscriptions } = await unlessUnimplemented(callback.ListTopicSubscriptions({}, call(signal)), { subscriptions: [] });
      return subscriptions.map(subscriptionOf);
    },
    topics: topicHandler(callback, call),
    bindings: {
      wants: async (path, signal) => {
        listed ??= unlessUnimplemented(callback.ListInputBindings({}, call(signal)), { bindings: [] }).then(({ bindings }) => bindings);
        return (await listed.catch((error: unknown) => ((listed = undefined), Promise.reject(error)))).includes(nameOf(path));
      },
      handle: async (path, { data, metadata }, signal) =>
        answerOf(await callback.OnBindingEvent({ name: nameOf(path), data, metadata }, call(signal))),
    },
    invokable: grpcInvokable(callback, call),
    // Over gRPC an app subscribes by a stream of its own.
    tellConfiguration: async () => {},
    close: async () => transport.close(),
  };
}

/** A method that the app does not serve is one that it does not want. */
async function unlessUnimplemented<T>(answer: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof RpcError && error.code === 'Unimplemented') return otherwise;
    throw error;
  }
}

const nameOf = (path: string): string => decodeURIComponent(path.slice(1));

function subscriptionOf({ pubsubName, topic, metadata, routes, deadLetterTopic }: Listed): TopicSubscription {
  return {
    pubsub: pubsubName,
    topic,
    type: 'PROGRAMMATIC',
    routes: routesOf(routes),
    metadata,
    ...(deadLetterTopic === '' ? {} : { deadLetterTopic }),
  };
}

function routesOf(routes: Listed['routes']): Route[] {
  try {
    const rules = (routes?.rules ?? []).map(({ path, match }) => route(path, match));
    // Without rules, every event is for the one handler.
    return rules.length === 0 || (routes?.default ?? '') !== '' ? [...rules, { path: routes?.default ?? '' }] : rules;
  } catch (error) {
    throw new ApiError(
      'ERR_MALFORMED_REQUEST',
      `A subscription of the app cannot be used: its rule is not CEL over "event" (${error instanceof Error ? error.message.split('\n', 1)[0] : String(error)}). Correct it.`,
    );
  }
}

function topicHandler(callback: AppCallback, call: (signal: AbortSignal, more?: Record<string, string>) => DaprCall): TopicHandler {
  const handle = async ({ path, event }: TopicEvent, { topic, pubsub }: TopicSubscription, signal: AbortSignal): Promise<Verdict> => {
    try {
      return verdictOf(
        (await callback.OnTopicEvent(topicEventRequest(event, { topic, pubsub, path }), call(signal, traceHeaders(event)))).status,
      );
    } catch (error) {
      if (error instanceof RpcError && error.code === 'Unimplemented') return { kind: 'drop', reason: 'the app has no OnTopicEvent' };
      throw error;
    }
  };
  return {
    handle,
    // One call for each: what the app says of one is then never lost with another.
    handleMany: (events, subscription, signal) =>
      Promise.all(
        events.map((event) =>
          handle(event, subscription, signal).catch((error: unknown): Verdict => ({
            kind: 'retry',
            reason: `the app answered with ${error instanceof Error ? error.message : String(error)}`,
          })),
        ),
      ),
  };
}

function answerOf({ storeName, states, to, data, concurrency }: BindingEventResponse): BindingAnswer | undefined {
  if (states.length === 0 && to.length === 0) return undefined;
  const state = states.map(({ key, value, etag, metadata }) => ({
    key,
    value,
    metadata,
    ...(etag === undefined || etag.value === '' ? {} : { etag: etag.value }),
  }));
  return { ...(storeName === '' ? {} : { storeName }), state, to, isParallel: concurrency === 'PARALLEL', data };
}
