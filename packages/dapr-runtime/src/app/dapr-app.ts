import {
  backOffMs,
  ComponentError,
  connectionBackOff,
  type ComponentContext,
  type OpenedComponent,
  type Subscription,
} from '@openfunction/components';
import type { BindingHandler } from '../bindings/binding-handler.ts';
import { deliverBinding } from '../bindings/deliver-binding.ts';
import { appRouter } from '../http/app-router.ts';
import type { ServedApp } from '../http/api-server.ts';
import type { FindChannel } from '../http/invoke-routes.ts';
import { encodePath } from '../http/parse-target.ts';
import type { AppResources } from '../resources/load-resources.ts';
import { resilience, type Resilience } from '../resiliency/resilience.ts';
import { resilientBindings, resilientTopics } from '../resiliency/resilient-handlers.ts';
import { ApiError } from '../api/api-error.ts';
import { findComponent } from '../api/find-component.ts';
import { missingBroker } from '../api/publish-api.ts';
import type { TopicHandler } from '../subscriptions/topic-handler.ts';
import type { MetadataOf } from '../api/metadata-api.ts';
import { mayUseTopic } from '../api/topic-scopes.ts';
import { deliverTopic } from '../subscriptions/deliver-topic.ts';
import { isRaw, type TopicSubscription } from '../subscriptions/subscription.ts';
import { appApi, type AppApi } from './app-api.ts';
import { openAppComponents, type AppComponents, type AppComponentsOptions } from './app-components.ts';
import type { AppIdentity } from './app-identity.ts';
import type { AppPort } from './app-port.ts';

export interface DaprAppOptions extends AppIdentity {
  /** What the app must present to the API. */
  token?: string;
  /** How the app is reached; without it, it only calls. */
  port?: AppPort;
  /** For the metadata API. */
  appPort?: number;
  maxConcurrency?: number;
  resources: AppResources;
  context: AppComponentsOptions['context'];
  shared: AppComponentsOptions['shared'];
  findChannel: FindChannel;
  /** Messages of one subscription, or of one binding, that the app holds at once. */
  maxInFlight?: number;
  /** The bindings whose events the app takes, where it is not to be asked for them and for its subscriptions. */
  declaredInputs?: readonly string[];
  /** Hears of each source that cannot be had, and, with `undefined`, that it can be had again. */
  onSource?(name: string, error: unknown): void;
  shutdown(): void;
}

/** What messages come from, once it is open. */
export interface OpenSource {
  /** `COMPONENT`, or `COMPONENT/TOPIC`. */
  name: string;
  subscription: Subscription;
}

/** The runtime of one app: its components, its API, and what is delivered to it. */
export interface DaprApp extends ServedApp {
  readonly identity: AppIdentity;
  readonly api: AppApi;
  readonly port: AppPort | undefined;
  /** Its policies for what it calls. */
  readonly resilience: Resilience;
  /** Those that are open. */
  components(): readonly OpenedComponent[];
  /** As the app itself may ask for. */
  shutdown(): void;
  readonly subscriptions: readonly TopicSubscription[];
  readonly sources: readonly OpenSource[];
  /** Opens the components; then waits for the app, and subscribes for it. Rejects when a component cannot be opened. */
  start(): Promise<void>;
  /** One more subscription, for as long as the app keeps a stream open; refused where the app may not have it. */
  subscribe(subscription: TopicSubscription, topics: TopicHandler): Promise<Subscription>;
  /** Resolves when deliveries to the app have begun. */
  readonly delivering: Promise<void>;
  /** Takes nothing further from sources, and waits for what is being handled; the API goes on, for handlers may still call it. */
  drain(signal?: AbortSignal): Promise<void>;
  /** Drains, and closes the components. */
  close(signal?: AbortSignal): Promise<void>;
}

type OpenedBinding = Extract<OpenedComponent, { block: 'bindings' }>;

const defaultMaxInFlight = 64;
const noComponents: AppComponents = { all: [], find: () => undefined, of: () => [], close: async () => {} };

export function daprApp(options: DaprAppOptions): DaprApp {
  const { context, port } = options;
  const identity = { id: options.id, namespace: options.namespace };
  const ending = new AbortController();
  const policies = resilience({
    documents: options.resources.resiliency ?? [],
    app: identity,
    clock: context.clock,
    random: context.random,
    ending: ending.signal,
  });
  const open: OpenSource[] = [];
  const subscriptions: TopicSubscription[] = [];
  let components = noComponents;
  let phase: 'opening' | 'open' | 'ready' | 'ended' = 'opening';
  const begun = Promise.withResolvers<void>();
  // Whoever does not ask must not be ended by it.
  begun.promise.catch(() => {});
  const lateComponents: AppComponents = {
    get all() {
      return components.all;
    },
    find: (block, name) => components.find(block, name),
    of: (block) => components.of(block),
    close: () => components.close(),
  };
  const api = appApi({
    app: identity,
    components: lateComponents,
    now: () => context.clock.now(),
    metadata: () => ({ appId: identity.id, components: components.all, subscriptions, ...connection(options) }),
  });
  const route = appRouter({
    app: identity,
    api,
    findChannel: options.findChannel,
    onConfigurationChange: async (change) => {
      try {
        await port?.tellConfiguration(change, ending.signal);
      } catch (error) {
        reportFailure(context.report, change.store, error);
      }
    },
    shutdown: options.shutdown,
  });

  async function deliver(reached: AppPort): Promise<void> {
    // An app that need not run is not waited for.
    if (options.declaredInputs === undefined) await reached.ready(ending.signal);
    phase = 'ready';
    const wants = await persist('', () => wanted(reached));
    await Promise.all([
      ...(wants ?? []).map((subscription) => persist(sourceName(subscription), () => subscribe(subscription, reached.topics))),
      bind(reached),
    ]);
  }

  /** Tries again while a server is away; one subscription that cannot be had must not keep the others away. */
  async function persist<T>(source: string, action: () => Promise<T>): Promise<T | undefined> {
    for (let failures = 1; ; failures++) {
      try {
        const had = await action();
        options.onSource?.(source, undefined);
        return had;
      } catch (error) {
        if (ending.signal.aborted) return undefined;
        options.onSource?.(source, error);
        reportFailure(context.report, identity.id, error);
        if (isFinal(error)) return undefined;
        await pause(backOffMs(connectionBackOff, failures, context.random()));
      }
    }
  }

  function pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = context.clock.setTimeout(resolve, delayMs);
      ending.signal.addEventListener('abort', () => (cancel(), resolve()), { once: true });
    });
  }

  async function wanted(reached: AppPort): Promise<TopicSubscription[]> {
    const declared = options.resources.subscriptions.filter(
      ({ scopes, namespace }) =>
        (scopes.length === 0 || scopes.includes(identity.id)) && (namespace === undefined || namespace === identity.namespace),
    );
    if (options.declaredInputs !== undefined) return declared.map(({ subscription }) => subscription);
    // Many apps answer any path: what is no list of subscriptions must not take away those that are declared.
    const programmatic = await reached.subscriptions(ending.signal).catch((error: unknown) => {
      if (!isFinal(error)) throw error;
      reportFailure(context.report, identity.id, error);
      return [];
    });
    return [...programmatic, ...declared.map(({ subscription }) => subscription)];
  }

  async function subscribe(subscription: TopicSubscription, topics: TopicHandler): Promise<Subscription> {
    const { bulk, topic, metadata, pubsub } = subscription;
    const { component, runtime } = findComponent(lateComponents, 'pubsub', pubsub, missingBroker);
    if (!mayUseTopic(runtime, 'subscribe', identity.id, topic))
      throw new ApiError(
        'ERR_PUBSUB_FORBIDDEN',
        `App "${identity.id}" may not subscribe to topic "${topic}" of "${pubsub}". See the scopes in the metadata of the Component.`,
      );
    const opened = await component.subscribe({
      topic,
      metadata: { ...metadata, ...(isRaw(subscription) ? { rawPayload: 'true' } : {}) },
      maxInFlight: Math.max(options.maxInFlight ?? defaultMaxInFlight, bulk?.maxMessages ?? 1),
      signal: ending.signal,
      deliver: deliverTopic({
        subscription,
        handler: resilientTopics(topics, policies.inbound('pubsub', pubsub)),
        broker: component,
        now: () => context.clock.now(),
        report: context.report,
      }),
      ...(bulk === undefined ? {} : { batch: { max: bulk.maxMessages, waitMs: bulk.maxWaitMs } }),
    });
    const entry: Subscription = { ...opened, close: (signal) => (forget(entry, subscription), opened.close(signal)) };
    open.push({ name: sourceName(subscription), subscription: entry });
    subscriptions.push(subscription);
    return entry;
  }

  function forget(entry: Subscription, subscription: TopicSubscription): void {
    const index = open.findIndex((source) => source.subscription === entry);
    if (index >= 0) open.splice(index, 1);
    if (subscriptions.includes(subscription)) subscriptions.splice(subscriptions.indexOf(subscription), 1);
  }

  async function bind({ bindings }: AppPort): Promise<void> {
    const inputs = components
      .of('bindings')
      .filter(({ component, runtime }) => component.input !== undefined && runtime.direction?.includes('input') !== false);
    await Promise.all(inputs.map((input) => persist(input.document.name, () => read(input, bindings))));
  }

  async function read({ component, document, runtime }: OpenedBinding, handler: BindingHandler): Promise<void> {
    const path = bindingPath(runtime.route ?? document.name);
    if (component.input === undefined || !(await wantsInput(document.name, path, handler))) return;
    const { state, bindings } = api;
    const deliver = deliverBinding({
      name: document.name,
      path,
      handler: resilientBindings(handler, policies.inbound('bindings', document.name)),
      state,
      bindings,
      report: context.report,
    });
    const subscription = await component.input.read({
      deliver,
      maxInFlight: options.maxInFlight ?? defaultMaxInFlight,
      signal: ending.signal,
    });
    open.push({ name: document.name, subscription });
  }

  async function wantsInput(name: string, path: string, handler: BindingHandler): Promise<boolean> {
    return options.declaredInputs?.includes(name) ?? handler.wants(path, ending.signal);
  }

  async function drain(signal?: AbortSignal): Promise<void> {
    phase = 'ended';
    ending.abort();
    await Promise.allSettled([...open].map(({ subscription }) => subscription.close(signal)));
  }

  return {
    id: options.id,
    ...(options.token === undefined ? {} : { token: options.token }),
    identity,
    api,
    port,
    resilience: policies,
    components: () => components.all,
    shutdown: options.shutdown,
    subscriptions,
    sources: open,
    subscribe,
    delivering: begun.promise,
    isReady: () => phase === 'ready',
    isOutboundReady: () => phase === 'open' || phase === 'ready',
    handle: route,
    start: async () => {
      components = await openAppComponents({
        appId: options.id,
        namespace: options.namespace,
        documents: options.resources.components,
        context,
        shared: options.shared,
        resilience: policies,
      });
      phase = port === undefined ? 'ready' : 'open';
      const delivering = port === undefined ? Promise.resolve() : deliver(port);
      delivering.then(begun.resolve, (error: unknown) => {
        begun.reject(error);
        if (!ending.signal.aborted) reportFailure(context.report, identity.id, error);
      });
    },
    drain,
    close: async (signal) => {
      await drain(signal);
      await api.configuration.close();
      await components.close();
      await port?.close();
    },
  };
}

function connection({ port, appPort = 0, maxConcurrency = 0 }: DaprAppOptions): Pick<MetadataOf, 'channel'> {
  return port === undefined ? {} : { channel: { port: appPort, protocol: port.protocol, address: port.address, maxConcurrency } };
}

const sourceName = ({ pubsub, topic }: TopicSubscription): string => `${pubsub}/${topic}`;

const bindingPath = (given: string): string => encodePath(given.replace(/^\//, '').split('/'));

/** What another try would not change. */
function isFinal(error: unknown): boolean {
  if (error instanceof ComponentError) return error.code !== 'ComponentUnavailable';
  return error instanceof ApiError || error instanceof SyntaxError;
}

function reportFailure(report: ComponentContext['report'], app: string, error: unknown): void {
  const why = error instanceof Error ? error.message : String(error);
  report({ level: 'error', message: 'deliveries to the app could not begin', component: app, fields: { why } });
}
