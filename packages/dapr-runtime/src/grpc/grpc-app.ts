import { grpcTransport, RpcError } from '@openfunction/protocol';
import {
  createAppCallbackClient,
  type AppCallback,
  type BindingEventResponse,
  type DaprCall,
  type TopicEventRequest,
  type TopicSubscription as Listed,
} from '@openfunction/protocol/dapr';
import { ApiError } from '../api/api-error.ts';
import type { AppPort } from '../app/app-port.ts';
import type { BindingAnswer } from '../bindings/binding-handler.ts';
import { untilListening, type Retrying } from '../channel/until-listening.ts';
import type { CloudEvent } from '../cloudevents/cloud-event.ts';
import { route, type Route } from '../subscriptions/routes.ts';
import type { TopicSubscription } from '../subscriptions/subscription.ts';
import type { TopicEvent, TopicHandler, Verdict } from '../subscriptions/topic-handler.ts';
import { grpcInvokable } from './invoke-service.ts';
import { toStruct } from './struct.ts';

export interface GrpcAppOptions extends Retrying {
  host: string;
  port: number;
  /** Sent with each call as `dapr-api-token`. */
  token?: string;
}

/** An app that speaks gRPC: it serves Dapr's AppCallback. */
export function grpcApp(options: GrpcAppOptions): AppPort {
  const { host, port, token } = options;
  const address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const transport = grpcTransport(address);
  const callback = createAppCallbackClient(transport);
  const call = (signal: AbortSignal, more: Record<string, string> = {}): DaprCall => ({
    signal,
    headers: { ...more, ...(token === undefined ? {} : { 'dapr-api-token': token }) },
  });
  let listed: Promise<string[]> | undefined;
  return {
    protocol: 'grpc',
    address,
    ready: (signal) => untilListening({ host, port }, { ...options, signal }),
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
    const { traceparent } = event;
    const headers: Record<string, string> = typeof traceparent === 'string' ? { traceparent } : {};
    try {
      return verdictOf((await callback.OnTopicEvent(requestOf(event, { topic, pubsub, path }), call(signal, headers))).status);
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

function verdictOf(status: 'SUCCESS' | 'RETRY' | 'DROP'): Verdict {
  if (status === 'DROP') return { kind: 'drop', reason: 'the app answered with DROP' };
  return status === 'RETRY' ? { kind: 'retry', reason: 'the app answered with RETRY' } : { kind: 'success' };
}

// A broker's message may be anything that has a specversion.
const textOf = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));
const ownFields = new Set(['id', 'source', 'type', 'specversion', 'datacontenttype', 'data', 'data_base64', 'topic', 'pubsubname']);

function requestOf(event: CloudEvent, { topic, pubsub, path }: { topic: string; pubsub: string; path: string }): TopicEventRequest {
  const extensions = Object.fromEntries(Object.entries(event).filter(([name]) => !ownFields.has(name)));
  return {
    id: textOf(event.id),
    source: textOf(event.source),
    type: textOf(event.type),
    specVersion: textOf(event.specversion),
    dataContentType: event.datacontenttype ?? '',
    data: dataOf(event),
    topic,
    pubsubName: pubsub,
    path,
    extensions: toStruct(extensions),
  };
}

function dataOf({ data, data_base64: base64, datacontenttype: type }: CloudEvent): Uint8Array {
  if (typeof base64 === 'string') return Buffer.from(base64, 'base64');
  if (data === undefined || data === null) return new Uint8Array(0);
  const isText = typeof data === 'string' && !/json/i.test(type ?? '');
  return Buffer.from(isText ? data : JSON.stringify(data));
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
