import { createQueue, forever, startReconciler, type Clock, type ControllerObserver, type Reconciler } from '@openfunction/reconcile';
import {
  builderKind,
  functionKind,
  gatewayKind,
  keyOf,
  keyText,
  referenceGrantKind,
  servingKind,
  type Builder,
  type Capabilities,
  type Gateway,
  type Key,
  type KubeObject,
  type ResourceKind,
} from '@openfunction/resources';
import { StoreError, type Store, type WatchEvent } from '@openfunction/store';
import { reconcileBuilder, type BuilderClient } from './builder/reconcile.ts';
import { endingEvents } from './events/ending-events.ts';
import { childIndex, functionOwner } from './function/child-index.ts';
import { claimRoute, reconcileFunction } from './function/reconcile.ts';
import type { DeliveryReport, ServingReport } from './function/world.ts';
import { followDeliveries, type BusClient } from './follow-deliveries.ts';
import { ensureGateway } from './gateway/ensure.ts';
import { reconcileGateway } from './gateway/reconcile.ts';
import { once } from './once.ts';
import { routeClaims } from './route/claims.ts';
import { grantReaders } from './route/grant-readers.ts';
import { httpRoutes } from './route/http-route.ts';
import { firstDecisions } from './routes/first-decisions.ts';
import { routesService, type RoutesService } from './routes/routes-service.ts';
import { reconcileServing } from './serving/reconcile.ts';
import { countLimit } from './write-status.ts';

/** What the controller needs of pool.v1. */
export interface PoolClient {
  watchServings(
    request: Record<string, never>,
    options: { signal: AbortSignal },
  ): AsyncIterable<{ state?: ServingReport & { serving: string }; removed?: string }>;
}

export interface ControllerOptions {
  store: Store;
  builder: BuilderClient;
  pool: PoolClient;
  /** Who brings functions their messages; absent where nobody does. */
  bus?: BusClient;
  /** The Gateway that is made when there is none; its listeners are where the platform's gateway listens. */
  defaultGateway: Gateway;
  /** DNS name of the Service of the platform's gateway; absent where there is no cluster DNS. */
  gatewayService?: string;
  /** The Service to which Kubernetes Gateways lead; absent where there can be none. */
  backend?: Key;
  /** Where Services may be made; absent: everywhere. */
  namespaces?: readonly string[];
  /** Finds the IP address by which callers from outside come in; absent where there is none. */
  findAddress?: () => Promise<string | undefined>;
  /** What this ground honours beyond what every ground does; nothing by default. */
  capabilities?: Capabilities;
  /** Whether this replica writes and builds; asked often. The others make the same plans, for the routes. Default always. */
  leading?: () => boolean;
  /** Told of what each of the loops does, for metrics. */
  observe?: (loop: string) => ControllerObserver;
  clock: Clock;
  /** Uniform in [0, 1). */
  random: () => number;
  log: (message: string, fields: Record<string, unknown>) => void;
}

export interface Controller {
  routes: RoutesService;
  /** Each Function that was there at the start has been decided on: the table of routes is whole. */
  isReady(): boolean;
  /** To be called when this replica begins to lead: what was left to the leader is looked at again. */
  leadingChanged(): void;
  close(): Promise<void>;
}

/** Watches tell of every change; looking through everything, a little at a time, finds what they missed. */
const resyncMs = 1_800_000;
/** A follower looks again after so long at what the leader has not written yet. */
const followMs = 5_000;
/** Who leads the pool, or brings messages, may change at any time, and is asked for often until there is one. */
const retryMs = 1_000;
/**
 * Workers mostly wait for their writes, and what is written at one time shares an fsync: a thousand new Functions need many.
 * One of builds waits for a stream; a cancellation must find one that is free.
 */
const workers = { functions: 16, builds: 64, servings: 8, gateways: 1 };
/** Before that, pod-pool has most often said what becomes of a new Serving, and one write tells both. */
const firstWordMs = 500;

/** Runs the loops: a change to anything of a Function puts it in line, and each Builder, Serving and Gateway is followed on its own. */
export function startController(options: ControllerOptions): Controller {
  const { store, clock, random, log, defaultGateway, capabilities = new Set(), leading = () => true } = options;
  const abort = new AbortController();
  const { signal } = abort;
  const decisions = firstDecisions();
  let isReady = false;
  void decisions.all.then(() => (isReady = true));
  const routes = routesService(decisions.all);
  const reports = new Map<string, ServingReport>();
  const deliveries = options.bus && new Map<string, DeliveryReport>();
  const loopNames = ['functions', 'builds', 'servings', 'gateways'] as const;
  const observers = byName(loopNames, (name) => options.observe?.(name));
  const queues = byName(loopNames, (name) => createQueue({ clock, random, observer: observers[name] }));
  const claims = routeClaims((id) => queues.functions.add(id));
  const now = (): number => clock.now();
  const children = childIndex();
  const readers = grantReaders();
  const endings = endingEvents({ store, now });
  const { backend } = options;
  const entries = backend && { backend, routes: httpRoutes(store, backend) };
  const counts = countLimit();
  const functionContext = {
    store,
    routes,
    claims,
    grantReaders: readers,
    children,
    reports,
    deliveries,
    defaultGateway,
    capabilities,
    entries,
    now,
    counts,
  };
  const servingContext = { store, reports, defaultGateway, now, counts: countLimit() };
  const listed = {
    functions: Promise.withResolvers<void>(),
    servings: Promise.withResolvers<void>(),
    builders: Promise.withResolvers<void>(),
  };
  const primed = Promise.all(Object.values(listed).map(({ promise }) => promise));
  const onError =
    (what: string) =>
    (error: unknown, key?: string): void => {
      // What a follower lacks comes to it as the leader's write.
      if (isNotHolder(error) && !leading()) return;
      log('A loop failed and tries again', { what, key, error });
    };

  async function functionKeys(): Promise<string[]> {
    if (leading()) await ensureGateway(store, defaultGateway);
    const { items } = await store.list(functionKind);
    // All claims before the first decision: else who comes first in line would have a host for a moment.
    for (const fn of items) await claimRoute(functionContext, fn);
    listed.functions.resolve();
    // The claims know Functions whose deletion no watch has told.
    const keys = [...new Set([...items.map((fn) => keyText(keyOf(fn))), ...claims.ids()])];
    decisions.expect(keys);
    return keys;
  }
  async function enqueueFunctions(): Promise<void> {
    for (const key of await functionKeys()) queues.functions.add(key);
  }
  function enqueueOwner(object: KubeObject): void {
    const owner = functionOwner(object);
    if (owner !== undefined) queues.functions.add(keyText(owner.key));
  }
  function reconciler(name: keyof typeof queues, listKeys: () => Promise<string[]>, reconcile: Reconcile): Reconciler {
    return startReconciler({
      queue: queues[name],
      clock,
      resyncMs,
      workers: workers[name],
      listKeys,
      reconcile: (key, stopped) => reconcile(key, stopped).catch((error: unknown) => afterLeader(error)),
      onError: onError(name),
      observer: observers[name],
    });
  }
  function afterLeader(error: unknown): { requeueAfterMs: number } {
    if (!isNotHolder(error) || leading()) throw error;
    return { requeueAfterMs: followMs };
  }
  function watch<T extends KubeObject>(
    kind: ResourceKind<T>,
    seen: (object: T, type: 'DELETED' | 'PRESENT') => void,
    whenListed: () => void = () => {},
  ): Promise<void> {
    let isFirst = true;
    const follow = async (): Promise<void> => {
      const { items, resourceVersion } = await store.list(kind);
      for (const item of items) seen(item, 'PRESENT');
      whenListed();
      // What was deleted while nobody watched is missing from the list, and so missed by `seen`.
      if (!isFirst) await enqueueFunctions();
      isFirst = false;
      for await (const event of store.watch(kind, { resourceVersion, signal })) told(event, seen);
    };
    return forever(follow, { clock, signal, onError: onError(kind.kind) });
  }
  async function followGrants(): Promise<void> {
    const { resourceVersion } = await store.list(referenceGrantKind);
    for (const id of readers.all()) queues.functions.add(id);
    for await (const event of store.watch(referenceGrantKind, { resourceVersion, signal }))
      if (event.type !== 'BOOKMARK') for (const id of readers.of(event.object.metadata.namespace ?? '')) queues.functions.add(id);
  }
  // A cluster need not know the kind: then nothing is granted, and it is asked for again from time to time.
  function onGrantsError(error: unknown): void {
    if (!(error instanceof StoreError && error.code === 'NotFound')) onError('grants')(error);
  }
  async function followPool(): Promise<void> {
    for await (const { state, removed } of options.pool.watchServings({}, { signal })) {
      const id = state?.serving ?? removed ?? '';
      if (id === '') continue;
      const before = reports.get(id);
      if (state === undefined) reports.delete(id);
      else reports.set(id, state);
      queues.servings.add(id);
      const serving = await store.get(servingKind, keyFrom(id));
      if (serving === undefined) continue;
      enqueueOwner(serving);
      if (state !== undefined) await endings.told(serving, before, state).catch(onError('events'));
    }
  }
  async function servingTold(id: string): Promise<void> {
    const serving = await store.get(servingKind, keyFrom(id));
    if (serving !== undefined) enqueueOwner(serving);
  }
  function cancelDeleted(builder: Builder): void {
    if (!leading()) return;
    const request = { builder: keyText(keyOf(builder)), uid: builder.metadata.uid ?? '' };
    options.builder.cancel(request).catch((error: unknown) => onError('cancel')(error, request.builder));
  }

  const generations = new Map<string, string>();
  const reconcilers = [
    reconciler('functions', functionKeys, async (key) => {
      await primed;
      return reconcileFunction(functionContext, keyFrom(key)).finally(() => decisions.made(key));
    }),
    reconciler(
      'builds',
      async () => (await store.list(builderKind)).items.map(buildKey),
      async (key, stopped) => {
        if (leading()) await reconcileBuilder({ store, clock, builder: options.builder, signal: stopped }, keyFrom(key));
      },
    ),
    reconciler(
      'servings',
      async () => (await store.list(servingKind)).items.map((each) => keyText(keyOf(each))),
      (key) => reconcileServing(servingContext, keyFrom(key)),
    ),
    reconciler(
      'gateways',
      async () => (await store.list(gatewayKind)).items.map((each) => keyText(keyOf(each))),
      (key) => reconcileGateway({ ...options, now }, keyFrom(key)),
    ),
  ];
  const loops = [
    watch(functionKind, (fn) => queues.functions.add(keyText(keyOf(fn)))),
    watch(
      servingKind,
      (serving, type) => {
        children.seen(serving, type);
        enqueueOwner(serving);
        const key = keyText(keyOf(serving));
        if (serving.status !== undefined || reports.has(key)) queues.servings.add(key);
        else queues.servings.addAfter(key, firstWordMs);
      },
      listed.servings.resolve,
    ),
    watch(
      builderKind,
      (builder, type) => {
        children.seen(builder, type);
        enqueueOwner(builder);
        if (type === 'DELETED') cancelDeleted(builder);
        else queues.builds.add(buildKey(builder));
      },
      listed.builders.resolve,
    ),
    watch(gatewayKind, (gateway, type) => {
      const key = keyText(keyOf(gateway));
      queues.gateways.add(key);
      // Its status says nothing to Functions but where it is, and there may be many.
      const address = gateway.status?.addresses?.find((each) => each.type === 'IPAddress')?.value;
      const version = `${type} ${gateway.metadata.uid} ${gateway.metadata.generation} ${address}`;
      if (generations.get(key) === version) return;
      generations.set(key, version);
      enqueueFunctions().catch(onError('gateways'));
    }),
    forever(followGrants, { clock, signal, onError: onGrantsError }),
    forever(followPool, { clock, signal, onError: onError('pool'), longestMs: retryMs }),
  ];
  const { bus } = options;
  if (bus !== undefined && deliveries !== undefined) {
    const follow = (): Promise<void> => followDeliveries({ bus, said: deliveries, told: servingTold, signal });
    loops.push(forever(follow, { clock, signal, onError: onError('bus'), longestMs: retryMs }));
  }
  async function lookAgain(): Promise<void> {
    await enqueueFunctions();
    for (const builder of (await store.list(builderKind)).items) queues.builds.add(buildKey(builder));
    for (const serving of (await store.list(servingKind)).items) queues.servings.add(keyText(keyOf(serving)));
    for (const gateway of (await store.list(gatewayKind)).items) queues.gateways.add(keyText(keyOf(gateway)));
  }

  return {
    routes,
    isReady: () => isReady,
    leadingChanged: () => {
      if (leading()) void once(lookAgain, { clock, signal, onError: onError('leading') });
    },
    close: async () => {
      abort.abort();
      for (const { resolve } of Object.values(listed)) resolve();
      await Promise.all([...loops, ...reconcilers.map((each) => each.close())]);
    },
  };
}

/** Named by the error and not by its class, which a driver has. */
function isNotHolder(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'NotHolder';
}

function byName<N extends string, T>(names: readonly N[], make: (name: N) => T): Record<N, T> {
  return Object.fromEntries(names.map((name) => [name, make(name)])) as Record<N, T>;
}

type Reconcile = (key: string, signal: AbortSignal) => Promise<{ requeueAfterMs?: number } | void>;

function told<T extends KubeObject>(event: WatchEvent<T>, seen: (object: T, type: 'DELETED' | 'PRESENT') => void): void {
  if (event.type !== 'BOOKMARK') seen(event.object, event.type === 'DELETED' ? 'DELETED' : 'PRESENT');
}

/** A cancelled Builder is in line under another key: cancelling must not wait for the stream that it ends. */
function buildKey(builder: Builder): string {
  return `${keyText(keyOf(builder))}/${builder.spec?.state ?? ''}`;
}

function keyFrom(text: string): Key {
  const [namespace = '', name = ''] = text.split('/');
  return { namespace, name };
}
