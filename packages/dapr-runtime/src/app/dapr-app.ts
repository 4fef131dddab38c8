import type { OpenedComponent, Subscription } from '@openfunction/components';
import type { ServedApp } from '../http/api-server.ts';
import { appRouter } from '../http/app-router.ts';
import type { FindChannel } from '../http/invoke-routes.ts';
import type { MetadataOf } from '../api/metadata-api.ts';
import { watchAppHealth, type AppHealth, type AppHealthCheck } from '../health/app-health.ts';
import type { DaprMetrics } from '../metrics/dapr-metrics.ts';
import { appOutboxes } from '../outbox/app-outboxes.ts';
import { resilience, type Resilience } from '../resiliency/resilience.ts';
import type { AppResources } from '../resources/load-resources.ts';
import type { TopicSubscription } from '../subscriptions/subscription.ts';
import type { TopicHandler } from '../subscriptions/topic-handler.ts';
import { appApi, type AppApi } from './app-api.ts';
import { openAppComponents, type AppComponents, type AppComponentsOptions } from './app-components.ts';
import type { AppIdentity } from './app-identity.ts';
import type { AppPort } from './app-port.ts';
import { appSources, reportFailure, type OpenSource } from './app-sources.ts';

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
  metrics?: DaprMetrics;
  findChannel: FindChannel;
  /** Messages of one subscription, or of one binding, that the app holds at once. */
  maxInFlight?: number;
  /** The bindings whose events the app takes, where it is not to be asked for them and for its subscriptions. */
  declaredInputs?: readonly string[];
  /** The app is asked at which of its paths it takes declared topics, when the first message of one is there. */
  asksRoutes?: boolean;
  /** Without it, an app that listens counts as healthy. */
  healthCheck?: AppHealthCheck;
  /** Hears of each source that cannot be had, and, with `undefined`, that it can be had again. */
  onSource?(name: string, error: unknown): void;
  shutdown(): void;
}

/** The runtime of one app: its components, its API, and what is delivered to it. */
export interface DaprApp extends ServedApp {
  readonly identity: AppIdentity;
  readonly api: AppApi;
  readonly port: AppPort | undefined;
  /** Its policies for what it calls. */
  readonly resilience: Resilience;
  /** Of an app whose health is checked. */
  readonly health: AppHealth | undefined;
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
  /**
   * Has these components and declared subscriptions instead of those that it has: what changed is opened anew, and its subscriptions
   * move. Rejects, and nothing has changed, when a component cannot be opened. Policies stay as they are. The signal bounds the wait for what is being handled.
   */
  reload(resources: AppResources, signal?: AbortSignal): Promise<void>;
  /** Drains, and closes the components. */
  close(signal?: AbortSignal): Promise<void>;
}

const noComponents: AppComponents = {
  all: [],
  find: () => undefined,
  of: () => [],
  replace: async () => ({ changed: new Set(), retire: async () => {} }),
  close: async () => {},
};

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
  const { metrics } = options;
  const measuring = metrics === undefined ? {} : { measuring: { metrics, app: identity, now: () => context.clock.now() } };
  const closing = new AbortController();
  let components = noComponents;
  let resources = options.resources;
  let reloading: Promise<unknown> = Promise.resolve();
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
    replace: (documents) => components.replace(documents),
    close: () => components.close(),
  };
  const api = appApi({
    app: identity,
    components: lateComponents,
    now: () => context.clock.now(),
    metadata: () => ({ appId: identity.id, components: components.all, subscriptions: sources.subscriptions, ...connection(options) }),
  });
  const sources = appSources({
    app: identity,
    components: lateComponents,
    api,
    policies,
    ...measuring,
    context,
    ending: ending.signal,
    declared: () => declaredFor(identity, resources),
    ...(options.maxInFlight === undefined ? {} : { maxInFlight: options.maxInFlight }),
    ...(options.declaredInputs === undefined ? {} : { declaredInputs: options.declaredInputs }),
    ...(options.asksRoutes === undefined ? {} : { asksRoutes: options.asksRoutes }),
    onSource: (name, error) => options.onSource?.(name, error),
  });
  const outboxes = appOutboxes({ app: identity, components: lateComponents, context });
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

  const health = port === undefined ? undefined : watched(port);

  function watched(reached: AppPort): AppHealth | undefined {
    const { healthCheck } = options;
    if (healthCheck === undefined) return undefined;
    return watchAppHealth({
      ...healthCheck,
      probe: (signal) => reached.probe(healthCheck.path, signal),
      clock: context.clock,
      // Goes on after the last delivery: an app that ends itself is waited for.
      ending: closing.signal,
      onChange: (isHealthy) => {
        if (isHealthy) sources.resume();
        else sources.pause();
        const message = isHealthy ? 'the app is healthy' : 'the app is not healthy, and gets nothing until it is';
        context.report({ level: isHealthy ? 'info' : 'warn', message, component: identity.id });
      },
    });
  }

  async function deliver(reached: AppPort): Promise<void> {
    // An app that need not run is not waited for.
    if (options.declaredInputs === undefined) await reached.ready(ending.signal);
    phase = 'ready';
    await health?.until(true, ending.signal);
    await sources.begin(reached);
  }

  async function replace(next: AppResources, signal: AbortSignal | undefined): Promise<void> {
    if (ending.signal.aborted) return;
    const { changed, retire } = await components.replace(next.components);
    resources = next;
    await Promise.all([sources.move(changed, signal), outboxes.follow(signal)]);
    await retire();
  }

  async function drain(signal?: AbortSignal): Promise<void> {
    phase = 'ended';
    ending.abort();
    await Promise.all([sources.close(signal), outboxes.close(signal)]);
  }

  return {
    id: options.id,
    ...(options.token === undefined ? {} : { token: options.token }),
    identity,
    api,
    port,
    resilience: policies,
    health,
    components: () => components.all,
    shutdown: options.shutdown,
    get subscriptions() {
      return sources.subscriptions;
    },
    get sources() {
      return sources.open;
    },
    subscribe: (subscription, topics) => sources.subscribe(subscription, topics),
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
        ...measuring,
      });
      await outboxes.follow();
      phase = port === undefined ? 'ready' : 'open';
      const delivering = port === undefined ? Promise.resolve() : deliver(port);
      delivering.then(begun.resolve, (error: unknown) => {
        begun.reject(error);
        if (!ending.signal.aborted) reportFailure(context.report, identity.id, error);
      });
    },
    reload: (wanted, signal) => {
      // One after the other, each from what the one before left.
      const done = reloading.then(() => replace(wanted, signal));
      reloading = done.catch(() => {});
      return done;
    },
    drain,
    close: async (signal) => {
      await drain(signal);
      closing.abort();
      await reloading;
      await api.configuration.close();
      await components.close();
      await port?.close();
    },
  };
}

function connection({ port, appPort = 0, maxConcurrency = 0, healthCheck: health }: DaprAppOptions): Pick<MetadataOf, 'channel'> {
  if (port === undefined) return {};
  const { protocol, address } = port;
  return { channel: { port: appPort, protocol, address, maxConcurrency, ...(health === undefined ? {} : { health }) } };
}

/** The declared subscriptions that are the app's. */
function declaredFor({ id, namespace }: AppIdentity, { subscriptions }: AppResources): TopicSubscription[] {
  return subscriptions
    .filter(({ scopes, namespace: own }) => (scopes.length === 0 || scopes.includes(id)) && (own === undefined || own === namespace))
    .map(({ subscription }) => subscription);
}
