import { backOffMs, ComponentError, connectionBackOff, type ComponentContext, type Subscription } from '@openfunction/components';
import { ApiError } from '../api/api-error.ts';
import { findComponent } from '../api/find-component.ts';
import { missingBroker } from '../api/publish-api.ts';
import { mayUseTopic } from '../api/topic-scopes.ts';
import type { BindingHandler } from '../bindings/binding-handler.ts';
import { deliverBinding } from '../bindings/deliver-binding.ts';
import { encodePath } from '../http/parse-target.ts';
import type { Resilience } from '../resiliency/resilience.ts';
import { resilientBindings, resilientTopics } from '../resiliency/resilient-handlers.ts';
import { deliverTopic } from '../subscriptions/deliver-topic.ts';
import { isRaw, type TopicSubscription } from '../subscriptions/subscription.ts';
import type { TopicHandler } from '../subscriptions/topic-handler.ts';
import type { AppApi } from './app-api.ts';
import type { AppComponents } from './app-components.ts';
import type { AppIdentity } from './app-identity.ts';
import type { AppPort } from './app-port.ts';

/** What messages come from, once it is open. */
export interface OpenSource {
  /** `COMPONENT`, or `COMPONENT/TOPIC`. */
  name: string;
  subscription: Subscription;
}

export interface AppSourcesOptions {
  app: AppIdentity;
  components: AppComponents;
  api: Pick<AppApi, 'state' | 'bindings'>;
  policies: Resilience;
  context: Pick<ComponentContext, 'clock' | 'random' | 'report'>;
  /** Messages of one source that the app holds at once. */
  maxInFlight?: number;
  /** The bindings whose events the app takes, where it is not to be asked. */
  declaredInputs?: readonly string[];
  /** No source is opened any more. */
  ending: AbortSignal;
  /** Hears of each source that cannot be had, and, with `undefined`, that it can be had again. */
  onSource?(name: string, error: unknown): void;
}

/** All that brings messages to one app. A source that cannot be had is sought again for as long as it is wanted. */
export interface AppSources {
  readonly open: readonly OpenSource[];
  readonly subscriptions: readonly TopicSubscription[];
  /** Opens the topics that the app says that it wants, the declared ones, and the inputs of bindings; resolves when each is open or cannot be had at all. */
  begin(port: AppPort, declared: readonly TopicSubscription[]): Promise<void>;
  /** One more topic, until it is closed; rejects when it cannot be had now. */
  subscribe(subscription: TopicSubscription, topics: TopicHandler): Promise<Subscription>;
  close(signal?: AbortSignal): Promise<void>;
}

interface Source {
  name: string;
  component: string;
  topic?: TopicSubscription;
  /** `undefined` when the app does not want it. */
  read(signal: AbortSignal): Promise<Subscription | undefined>;
  current?: Subscription;
}

const defaultMaxInFlight = 64;

export function appSources(options: AppSourcesOptions): AppSources {
  const { app, components, api, policies, context, ending } = options;
  const wanted = new Set<Source>();

  /** Tries again while a server is away; one source that cannot be had must not keep the others away. */
  async function persist<T>(name: string, action: () => Promise<T>): Promise<T | undefined> {
    for (let failures = 1; ; failures++) {
      try {
        const had = await action();
        options.onSource?.(name, undefined);
        return had;
      } catch (error) {
        if (ending.aborted) return undefined;
        options.onSource?.(name, error);
        reportFailure(context.report, app.id, error);
        if (isFinal(error)) return undefined;
        await pause(backOffMs(connectionBackOff, failures, context.random()));
      }
    }
  }

  function pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = context.clock.setTimeout(resolve, delayMs);
      ending.addEventListener('abort', () => (cancel(), resolve()), { once: true });
    });
  }

  async function open(source: Source): Promise<void> {
    const opened = await source.read(ending);
    if (opened !== undefined) source.current = opened;
  }

  async function want(source: Source): Promise<void> {
    wanted.add(source);
    await persist(source.name, () => open(source));
  }

  /** What the app says itself that it subscribes to. */
  async function askedFor(port: AppPort): Promise<TopicSubscription[]> {
    // Many apps answer any path: what is no list of subscriptions must not take away those that are declared.
    return port.subscriptions(ending).catch((error: unknown) => {
      if (!isFinal(error)) throw error;
      reportFailure(context.report, app.id, error);
      return [];
    });
  }

  function topicSource(topic: TopicSubscription, topics: TopicHandler): Source {
    return { name: `${topic.pubsub}/${topic.topic}`, component: topic.pubsub, topic, read: (signal) => readTopic(topic, topics, signal) };
  }

  async function readTopic(subscription: TopicSubscription, topics: TopicHandler, signal: AbortSignal): Promise<Subscription> {
    const { bulk, topic, metadata, pubsub } = subscription;
    const { component, runtime } = findComponent(components, 'pubsub', pubsub, missingBroker);
    if (!mayUseTopic(runtime, 'subscribe', app.id, topic))
      throw new ApiError(
        'ERR_PUBSUB_FORBIDDEN',
        `App "${app.id}" may not subscribe to topic "${topic}" of "${pubsub}". See the scopes in the metadata of the Component.`,
      );
    return component.subscribe({
      topic,
      metadata: { ...metadata, ...(isRaw(subscription) ? { rawPayload: 'true' } : {}) },
      maxInFlight: Math.max(options.maxInFlight ?? defaultMaxInFlight, bulk?.maxMessages ?? 1),
      signal,
      deliver: deliverTopic({
        subscription,
        handler: resilientTopics(topics, policies.inbound('pubsub', pubsub)),
        broker: component,
        now: () => context.clock.now(),
        report: context.report,
      }),
      ...(bulk === undefined ? {} : { batch: { max: bulk.maxMessages, waitMs: bulk.maxWaitMs } }),
    });
  }

  function inputSource(name: string, handler: BindingHandler): Source {
    return { name, component: name, read: (signal) => readInput(name, handler, signal) };
  }

  async function readInput(name: string, handler: BindingHandler, signal: AbortSignal): Promise<Subscription | undefined> {
    const found = components.find('bindings', name);
    if (found?.component.input === undefined) return undefined;
    const path = encodePath((found.runtime.route ?? name).replace(/^\//, '').split('/'));
    if (!(options.declaredInputs?.includes(name) ?? (await handler.wants(path, signal)))) return undefined;
    const { state, bindings } = api;
    const deliver = deliverBinding({
      name,
      path,
      handler: resilientBindings(handler, policies.inbound('bindings', name)),
      state,
      bindings,
      report: context.report,
    });
    return found.component.input.read({ deliver, maxInFlight: options.maxInFlight ?? defaultMaxInFlight, signal });
  }

  const inputs = (): string[] =>
    components
      .of('bindings')
      .filter(({ component, runtime }) => component.input !== undefined && runtime.direction?.includes('input') !== false)
      .map(({ document }) => document.name);

  async function end(source: Source, signal?: AbortSignal): Promise<void> {
    wanted.delete(source);
    await source.current?.close(signal);
  }

  return {
    get open() {
      return [...wanted].flatMap(({ name, current }) => (current === undefined ? [] : [{ name, subscription: current }]));
    },
    get subscriptions() {
      return [...wanted].flatMap(({ topic, current }) => (topic === undefined || current === undefined ? [] : [topic]));
    },
    begin: async (port, declared) => {
      const asked = options.declaredInputs === undefined ? await persist('', () => askedFor(port)) : [];
      const topics = [...(asked ?? []), ...declared].map((subscription) => topicSource(subscription, port.topics));
      await Promise.all([...topics, ...inputs().map((name) => inputSource(name, port.bindings))].map(want));
    },
    subscribe: async (subscription, topics) => {
      const source = topicSource(subscription, topics);
      await open(source);
      wanted.add(source);
      return {
        pause: () => source.current?.pause(),
        resume: () => source.current?.resume(),
        close: (signal) => end(source, signal),
      };
    },
    close: async (signal) => void (await Promise.allSettled([...wanted].map((source) => end(source, signal)))),
  };
}

/** What another try would not change. */
function isFinal(error: unknown): boolean {
  if (error instanceof ComponentError) return error.code !== 'ComponentUnavailable';
  return error instanceof ApiError || error instanceof SyntaxError;
}

export function reportFailure(report: ComponentContext['report'], app: string, error: unknown): void {
  const why = error instanceof Error ? error.message : String(error);
  report({ level: 'error', message: 'deliveries to the app could not begin', component: app, fields: { why } });
}
