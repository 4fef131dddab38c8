import {
  backOffMs,
  ComponentError,
  connectionBackOff,
  type ComponentContext,
  type ComponentEvent,
  type Subscription,
} from '@openfunction/components';
import type { BindingHandler } from '../bindings/binding-handler.ts';
import { deliverBinding } from '../bindings/deliver-binding.ts';
import { httpBindingHandler } from '../bindings/http-binding-handler.ts';
import type { AppChannel } from '../channel/app-channel.ts';
import { appRouter } from '../http/app-router.ts';
import type { ServedApp } from '../http/api-server.ts';
import type { FindChannel } from '../http/invoke-routes.ts';
import { encodePath } from '../http/parse-target.ts';
import type { Resources } from '../resources/load-resources.ts';
import { ApiError } from '../api/api-error.ts';
import { mayUseTopic } from '../api/topic-scopes.ts';
import { deliverTopic } from '../subscriptions/deliver-topic.ts';
import { httpTopicHandler } from '../subscriptions/http-topic-handler.ts';
import { parseProgrammatic } from '../subscriptions/parse-subscription.ts';
import { isRaw, type TopicSubscription } from '../subscriptions/subscription.ts';
import type { TopicHandler } from '../subscriptions/topic-handler.ts';
import { appApi, type AppApi } from './app-api.ts';
import { openAppComponents, type AppComponents, type AppComponentsOptions } from './app-components.ts';
import type { AppIdentity } from './app-identity.ts';

export interface DaprAppOptions extends AppIdentity {
  /** What the app must present to the API. */
  token?: string;
  /** How the app is reached; without it, it only calls. */
  channel?: AppChannel;
  /** For the metadata API. */
  appPort?: number;
  maxConcurrency?: number;
  resources: Pick<Resources, 'components' | 'subscriptions'>;
  context: AppComponentsOptions['context'];
  shared: AppComponentsOptions['shared'];
  findChannel: FindChannel;
  /** Messages of one subscription, or of one binding, that the app holds at once. */
  maxInFlight?: number;
  shutdown(): void;
}

/** The runtime of one app: its components, its API, and what is delivered to it. */
export interface DaprApp extends ServedApp {
  readonly identity: AppIdentity;
  readonly api: AppApi;
  readonly channel: AppChannel | undefined;
  readonly subscriptions: readonly TopicSubscription[];
  /** Opens the components; then waits for the app, and subscribes for it. Rejects when a component cannot be opened. */
  start(): Promise<void>;
  /** Resolves when deliveries to the app have begun. */
  readonly delivering: Promise<void>;
  /** Takes nothing further from sources, waits for what is being handled until the signal, and closes the components. */
  close(signal?: AbortSignal): Promise<void>;
}

const defaultMaxInFlight = 64;
const noComponents: AppComponents = { all: [], find: () => undefined, of: () => [], close: async () => {} };

export function daprApp(options: DaprAppOptions): DaprApp {
  const { context, channel } = options;
  const identity = { id: options.id, namespace: options.namespace };
  const ending = new AbortController();
  const open: Subscription[] = [];
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
    onConfigurationChange: (change) => tellConfiguration(channel, change, ending.signal, context.report),
    shutdown: options.shutdown,
  });

  async function deliver(reached: AppChannel): Promise<void> {
    await reached.ready(ending.signal);
    phase = 'ready';
    const topics = httpTopicHandler(reached);
    const wants = await persist(() => wanted(reached));
    await Promise.all([
      ...(wants ?? []).map((subscription) => persist(() => subscribe(subscription, topics))),
      bind(httpBindingHandler(reached)),
    ]);
  }

  /** Tries again while a server is away; one subscription that cannot be had must not keep the others away. */
  async function persist<T>(action: () => Promise<T>): Promise<T | undefined> {
    for (let failures = 1; ; failures++) {
      try {
        return await action();
      } catch (error) {
        if (ending.signal.aborted) return undefined;
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

  async function wanted(reached: AppChannel): Promise<TopicSubscription[]> {
    const declared = options.resources.subscriptions.filter(
      ({ scopes, namespace }) =>
        (scopes.length === 0 || scopes.includes(identity.id)) && (namespace === undefined || namespace === identity.namespace),
    );
    const { status, body } = await reached.call({ method: 'GET', path: '/dapr/subscribe' }, ending.signal);
    const programmatic =
      status >= 200 && status <= 299 ? readProgrammatic(body, (error) => reportFailure(context.report, identity.id, error)) : [];
    return [...programmatic, ...declared.map(({ subscription }) => subscription)];
  }

  async function subscribe(subscription: TopicSubscription, handler: TopicHandler): Promise<void> {
    const found = components.find('pubsub', subscription.pubsub);
    const fields = { topic: subscription.topic };
    if (found === undefined)
      return context.report({
        level: 'error',
        message: 'a subscription names a component that the app has not',
        component: subscription.pubsub,
        fields,
      });
    if (!mayUseTopic(found.runtime, 'subscribe', identity.id, subscription.topic))
      return context.report({
        level: 'error',
        message: 'the scopes of the component do not let the app subscribe to this topic',
        component: subscription.pubsub,
        fields,
      });
    const { bulk, topic, metadata } = subscription;
    open.push(
      await found.component.subscribe({
        topic,
        metadata: { ...metadata, ...(isRaw(subscription) ? { rawPayload: 'true' } : {}) },
        maxInFlight: Math.max(options.maxInFlight ?? defaultMaxInFlight, bulk?.maxMessages ?? 1),
        signal: ending.signal,
        deliver: deliverTopic({ subscription, handler, broker: found.component, now: () => context.clock.now(), report: context.report }),
        ...(bulk === undefined ? {} : { batch: { max: bulk.maxMessages, waitMs: bulk.maxWaitMs } }),
      }),
    );
    subscriptions.push(subscription);
  }

  async function bind(handler: BindingHandler): Promise<void> {
    for (const { component, document, runtime } of components.of('bindings')) {
      if (component.input === undefined || runtime.direction?.includes('input') === false) continue;
      const path = bindingPath(runtime.route ?? document.name);
      if (!(await handler.wants(path, ending.signal))) continue;
      const deliverTo = deliverBinding({
        name: document.name,
        path,
        handler,
        state: api.state,
        bindings: api.bindings,
        report: context.report,
      });
      open.push(
        await component.input.read({ deliver: deliverTo, maxInFlight: options.maxInFlight ?? defaultMaxInFlight, signal: ending.signal }),
      );
    }
  }

  return {
    id: options.id,
    ...(options.token === undefined ? {} : { token: options.token }),
    identity,
    api,
    channel,
    subscriptions,
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
      });
      phase = channel === undefined ? 'ready' : 'open';
      const delivering = channel === undefined ? Promise.resolve() : deliver(channel);
      delivering.then(begun.resolve, (error: unknown) => {
        begun.reject(error);
        if (!ending.signal.aborted) reportFailure(context.report, identity.id, error);
      });
    },
    close: async (signal) => {
      phase = 'ended';
      ending.abort();
      await Promise.allSettled(open.map((subscription) => subscription.close(signal)));
      await api.configuration.close();
      await components.close();
      await channel?.close();
    },
  };
}

function connection({ channel, appPort = 0, maxConcurrency = 0 }: DaprAppOptions): {
  channel?: { port: number; protocol: string; address: string; maxConcurrency: number };
} {
  return channel === undefined ? {} : { channel: { port: appPort, protocol: 'http', address: channel.address, maxConcurrency } };
}

const bindingPath = (given: string): string => encodePath(given.replace(/^\//, '').split('/'));

// Many apps answer any path: what is no list of subscriptions must not take away those that are declared.
function readProgrammatic(body: Buffer, failed: (error: unknown) => void): TopicSubscription[] {
  if (body.length === 0) return [];
  try {
    return parseProgrammatic(JSON.parse(body.toString('utf8')));
  } catch (error) {
    failed(error);
    return [];
  }
}

/** What another try would not change. */
function isFinal(error: unknown): boolean {
  if (error instanceof ComponentError) return error.code !== 'ComponentUnavailable';
  return error instanceof ApiError || error instanceof SyntaxError;
}

function reportFailure(report: ComponentContext['report'], app: string, error: unknown): void {
  const why = error instanceof Error ? error.message : String(error);
  report({ level: 'error', message: 'deliveries to the app could not begin', component: app, fields: { why } });
}

async function tellConfiguration(
  channel: AppChannel | undefined,
  { id, store, items }: { id: string; store: string; items: Record<string, unknown> },
  signal: AbortSignal,
  report: (event: ComponentEvent) => void,
): Promise<void> {
  for (const [key, item] of Object.entries(items)) {
    const body = JSON.stringify({ id, items: { [key]: item } });
    try {
      await channel?.call(
        { method: 'POST', path: encodePath(['configuration', store, key]), headers: { 'content-type': 'application/json' }, body },
        signal,
      );
    } catch (error) {
      report({
        level: 'warn',
        message: 'the app was not told of a changed configuration',
        component: store,
        fields: { key, why: String(error) },
      });
    }
  }
}
