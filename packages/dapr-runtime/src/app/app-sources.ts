import { ComponentError, type ComponentContext, type OpenedComponent, type Subscription } from '@openfunction/components';
import { ApiError } from '../api/api-error.ts';
import { findComponent } from '../api/find-component.ts';
import { missingBroker } from '../api/publish-api.ts';
import { mayUseTopic } from '../api/topic-scopes.ts';
import type { BindingHandler } from '../bindings/binding-handler.ts';
import { deliverBinding } from '../bindings/deliver-binding.ts';
import { encodePath } from '../http/parse-target.ts';
import type { Measuring } from '../metrics/measured-component.ts';
import { measuredBindings, measuredTopics } from '../metrics/measured-handlers.ts';
import type { Resilience } from '../resiliency/resilience.ts';
import { resilientBindings, resilientTopics } from '../resiliency/resilient-handlers.ts';
import { askedSubscriptions, type AskedSubscription } from '../subscriptions/asked-subscriptions.ts';
import { deliverAsked } from '../subscriptions/deliver-asked.ts';
import { isRaw, type TopicSubscription } from '../subscriptions/subscription.ts';
import type { TopicHandler } from '../subscriptions/topic-handler.ts';
import type { AppApi } from './app-api.ts';
import type { AppComponents } from './app-components.ts';
import type { AppIdentity } from './app-identity.ts';
import type { AppPort } from './app-port.ts';
import { isFinal, persist } from './persist.ts';

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
  /** Absent where nothing is counted. */
  measuring?: Measuring;
  context: Pick<ComponentContext, 'clock' | 'random' | 'report'>;
  /** Messages of one source that the app holds at once. */
  maxInFlight?: number;
  /** The bindings whose events the app takes, where it is not to be asked. */
  declaredInputs?: readonly string[];
  /** The app is asked at which of its paths it takes declared topics, when the first message of one is there. */
  asksRoutes?: boolean;
  /** As of now. */
  declared(): readonly TopicSubscription[];
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
  begin(port: AppPort): Promise<void>;
  /** After components or declared subscriptions changed: ends what came of the old ones, and has the rest opened anew. */
  move(changed: ReadonlySet<string>, signal?: AbortSignal): Promise<void>;
  /** One more topic, until it is closed; rejects when it cannot be had now. */
  subscribe(subscription: TopicSubscription, topics: TopicHandler): Promise<Subscription>;
  /** While paused, no source hands out anything, nor does one that is opened meanwhile. */
  pause(): void;
  resume(): void;
  close(signal?: AbortSignal): Promise<void>;
}

interface Source {
  name: string;
  component: string;
  kind: 'asked' | 'declared' | 'streamed' | 'input';
  topic?: TopicSubscription;
  /** `undefined` when the app does not want it. */
  read(signal: AbortSignal): Promise<Subscription | undefined>;
  current?: Subscription;
  /** Ends the search for it. */
  stop: AbortController;
  opening: Promise<void>;
}

const defaultMaxInFlight = 64;

export function appSources(options: AppSourcesOptions): AppSources {
  const { app, components, api, policies, measuring, context, ending } = options;
  const wanted = new Set<Source>();
  let isPaused = false;
  let begun: AppPort | undefined;
  let routesOf: AskedSubscription | undefined;

  /** One source that cannot be had must not keep the others away. */
  function seek<T>(name: string, signal: AbortSignal, action: () => Promise<T>): Promise<T | undefined> {
    const tell = (error: unknown): void => {
      options.onSource?.(name, error);
      if (error !== undefined) reportFailure(context.report, app.id, error);
    };
    return persist(action, { signal, clock: context.clock, random: context.random, tell });
  }

  async function open(source: Source, signal: AbortSignal): Promise<void> {
    const opened = await source.read(signal);
    if (opened === undefined) return;
    // Whoever comes too late is not wanted any more.
    if (signal.aborted) return opened.close();
    if (isPaused) opened.pause();
    source.current = opened;
  }

  function want(source: Source): Promise<void> {
    wanted.add(source);
    source.stop = new AbortController();
    const signal = AbortSignal.any([ending, source.stop.signal]);
    source.opening = seek(source.name, signal, () => open(source, signal));
    return source.opening;
  }

  /** It stays wanted, and has to be opened anew. */
  async function stop(source: Source, signal?: AbortSignal): Promise<void> {
    source.stop.abort();
    await source.opening;
    await source.current?.close(signal);
    delete source.current;
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

  function topicSource(kind: Source['kind'], topic: TopicSubscription, topics: TopicHandler, asked?: AskedSubscription): Source {
    const name = `${topic.pubsub}/${topic.topic}`;
    return { ...unopened(), kind, name, component: topic.pubsub, topic, read: (signal) => readTopic(topic, topics, signal, asked) };
  }

  async function readTopic(
    subscription: TopicSubscription,
    topics: TopicHandler,
    signal: AbortSignal,
    asked?: AskedSubscription,
  ): Promise<Subscription> {
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
      // The next batch is gathered while one is being handled.
      maxInFlight: Math.max(options.maxInFlight ?? defaultMaxInFlight, 2 * (bulk?.maxMessages ?? 0)),
      signal,
      deliver: deliverAsked(asked, {
        subscription,
        handler: measuredTopics(resilientTopics(topics, policies.inbound('pubsub', pubsub)), measuring),
        broker: component,
        now: () => context.clock.now(),
        report: context.report,
      }),
      ...(bulk === undefined ? {} : { batch: { max: bulk.maxMessages, waitMs: bulk.maxWaitMs } }),
    });
  }

  function inputSource(name: string, handler: BindingHandler): Source {
    return { ...unopened(), kind: 'input', name, component: name, read: (signal) => readInput(name, handler, signal) };
  }

  async function readInput(name: string, handler: BindingHandler, signal: AbortSignal): Promise<Subscription | undefined> {
    const isDeclared = options.declaredInputs !== undefined;
    const found = components.find('bindings', name);
    if (found?.component.input === undefined || !hasInput(found)) return isDeclared ? refuseInput(name, found?.document.type) : undefined;
    const path = encodePath((found.runtime.route ?? name).replace(/^\//, '').split('/'));
    if (!isDeclared && !(await handler.wants(path, signal))) return undefined;
    const { state, bindings } = api;
    const deliver = deliverBinding({
      name,
      path,
      handler: measuredBindings(resilientBindings(handler, policies.inbound('bindings', name)), name, measuring),
      state,
      bindings,
      report: context.report,
    });
    return found.component.input.read({ deliver, maxInFlight: options.maxInFlight ?? defaultMaxInFlight, signal });
  }

  const inputs = (): readonly string[] =>
    options.declaredInputs ??
    components
      .of('bindings')
      .filter(hasInput)
      .map(({ document }) => document.name);

  async function end(source: Source, signal?: AbortSignal): Promise<void> {
    wanted.delete(source);
    await stop(source, signal);
  }

  /** What is wanted by now and was not before. */
  function missing({ topics, bindings }: AppPort): Source[] {
    const has = (kind: Source['kind'], key: string): boolean => [...wanted].some((source) => source.kind === kind && keyOf(source) === key);
    const declared = options.declared().map((topic) => topicSource('declared', topic, topics, routesOf));
    return [...declared, ...inputs().map((name) => inputSource(name, bindings))].filter((source) => !has(source.kind, keyOf(source)));
  }

  /** Whether what it comes of is still there. */
  function isGone(source: Source): boolean {
    if (source.kind === 'input') return !inputs().includes(source.name);
    return source.kind === 'declared' && !options.declared().some((topic) => JSON.stringify(topic) === keyOf(source));
  }

  return {
    get open() {
      return [...wanted].flatMap(({ name, current }) => (current === undefined ? [] : [{ name, subscription: current }]));
    },
    get subscriptions() {
      return [...wanted].flatMap(({ topic, current }) => (topic === undefined || current === undefined ? [] : [topic]));
    },
    begin: async (port) => {
      const asked = options.declaredInputs === undefined ? await seek('', ending, () => askedFor(port)) : [];
      begun = port;
      if (options.asksRoutes === true) routesOf = askedSubscriptions((signal) => port.subscriptions(signal, { mustAnswer: true }));
      const topics = (asked ?? []).map((topic) => topicSource('asked', topic, port.topics));
      await Promise.all([...topics, ...missing(port)].map(want));
    },
    move: async (changed, signal) => {
      const gone = [...wanted].filter(isGone);
      const moved = [...wanted].filter((source) => changed.has(source.component) && !gone.includes(source));
      await Promise.all([...gone.map((source) => end(source, signal)), ...moved.map((source) => stop(source, signal))]);
      for (const source of moved) if (wanted.has(source)) void want(source);
      if (begun !== undefined) for (const source of missing(begun)) void want(source);
    },
    subscribe: async (subscription, topics) => {
      const source = topicSource('streamed', subscription, topics);
      await open(source, ending);
      wanted.add(source);
      return {
        pause: () => source.current?.pause(),
        resume: () => source.current?.resume(),
        close: (signal) => end(source, signal),
      };
    },
    pause: () => {
      isPaused = true;
      for (const { current } of wanted) current?.pause();
    },
    resume: () => {
      isPaused = false;
      for (const { current } of wanted) current?.resume();
    },
    close: async (signal) => void (await Promise.allSettled([...wanted].map((source) => end(source, signal)))),
  };
}

function hasInput({ component, runtime }: Extract<OpenedComponent, { block: 'bindings' }>): boolean {
  return component.input !== undefined && runtime.direction?.includes('input') !== false;
}

function refuseInput(name: string, type: string | undefined): never {
  const what = type === undefined ? 'there is no such component' : `components of type ${type}, as it is configured, bring no events`;
  throw new ComponentError('ComponentInvalid', `Nothing comes from the input binding "${name}": ${what}. Name one that does.`);
}

const keyOf = ({ topic, name }: Source): string => (topic === undefined ? name : JSON.stringify(topic));

const unopened = (): Pick<Source, 'stop' | 'opening'> => ({ stop: new AbortController(), opening: Promise.resolve() });

export function reportFailure(report: ComponentContext['report'], app: string, error: unknown): void {
  const why = error instanceof Error ? error.message : String(error);
  report({ level: 'error', message: 'deliveries to the app could not begin', component: app, fields: { why } });
}
