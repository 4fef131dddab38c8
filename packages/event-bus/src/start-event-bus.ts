import type { EventBus } from '@openfunction/protocol';
import { MessagingError, type MessageBus } from '@openfunction/messaging';
import { createQueue, forever, startReconciler, type Clock, type ForeverOptions } from '@openfunction/reconcile';
import {
  functionKind,
  keyOf,
  keyText,
  servesByItself,
  servingKind,
  usesEventBus,
  type Key,
  type OFunction,
  type Serving,
} from '@openfunction/resources';
import type { Store } from '@openfunction/store';
import { readApp } from './app/read-app.ts';
import { connectedApps } from './connected-apps.ts';
import { deliveries as deliveriesOf } from './deliveries.ts';
import { readEnvironment } from './sources/read-environment.ts';
import { measureSources, type Scalers, type SourceReports } from './sources/measure-sources.ts';

export interface EventBusOptions {
  store: Store;
  bus: MessageBus;
  /** Of pool.v1: who decides how many instances there are. */
  pool: SourceReports;
  /** KEDA's triggers. */
  scalers: Scalers;
  /** Of the tokens that functions and their runtime show each other. */
  tokenKey: Uint8Array;
  clusterDomain: string;
  namespaces: 'all' | readonly string[];
  /** Whether this replica brings messages; the others serve the API of the building blocks alone. Default always. */
  leading?: () => boolean;
  clock: Clock;
  /** Uniform in [0, 1). */
  random: () => number;
  log: (message: string, fields: Record<string, unknown>) => void;
}

export interface StartedEventBus {
  service: EventBus;
  /** To be called when what `leading` says has changed. */
  leadingChanged(): void;
  /** Every Function that was there at the start has been connected, or it is known why not. */
  isReady(): boolean;
  /** Takes nothing further from any source and waits for what is under way, for at most so long. */
  close(graceMs: number): Promise<void>;
}

/** Where Functions are read. */
interface Place {
  namespace?: string;
}

/** Secrets are not watched: what changed in one is seen when its Function is looked at again. */
const resyncMs = 60_000;
/** They mostly wait: a thousand functions on a broker that is away are tried within minutes all the same. */
const workers = 64;
const graceMs = 10_000;
/** A message waits for no longer than that once the Store is back. */
const longestPauseMs = 5_000;

/** Connects each Function that has to do with messages or state to what it names, as its Serving with the traffic says. */
export function startEventBus(options: EventBusOptions): StartedEventBus {
  const { store, bus, clock, random, log, namespaces, leading = () => true } = options;
  const ending = new AbortController();
  const { signal } = ending;
  const deliveries = deliveriesOf();
  const apps = connectedApps({ bus, deliveries, graceMs });
  const queue = createQueue({ clock, random });
  const awaited = new Set<string>();
  let isListed = false;

  const isEnabled = ({ metadata }: OFunction): boolean => namespaces === 'all' || namespaces.includes(metadata.namespace ?? '');
  const places: readonly Place[] = namespaces === 'all' ? [{}] : namespaces.map((namespace) => ({ namespace }));
  async function keysIn(place: Place): Promise<string[]> {
    return (await store.list(functionKind, place)).items.map((fn) => keyText(keyOf(fn)));
  }
  /** A namespace that is gone, or may not be read, keeps nothing from the others. */
  async function allKeys(): Promise<string[]> {
    const found = await Promise.allSettled(places.map(keysIn));
    const failed = found.filter((each) => each.status === 'rejected');
    for (const { reason } of failed) log('A loop failed and tries again', { what: 'functions', error: reason as unknown });
    if (failed.length > 0 && failed.length === found.length) throw failed[0]?.reason;
    return found.flatMap((each) => (each.status === 'fulfilled' ? each.value : []));
  }

  async function connect(id: string): Promise<void> {
    const fn = await store.get(functionKind, keyFrom(id));
    const serving =
      fn === undefined || !isEnabled(fn) || fn.metadata.deletionTimestamp !== undefined ? undefined : await servingOf(store, fn);
    if (fn === undefined || serving === undefined || !usesEventBus(serving.spec)) return apps.disconnect(id);
    const isImage = isOwnImage(fn, serving);
    await apps.connect(id, serving, () => readApp(options, { serving, delivers: leading(), isImage }));
  }

  const reconciler = startReconciler({
    queue,
    clock,
    workers,
    resyncMs,
    listKeys: async () => {
      const keys = await allKeys();
      if (!isListed) for (const key of keys) awaited.add(key);
      isListed = true;
      return [...new Set([...keys, ...apps.functions()])];
    },
    reconcile: (id) => connect(id).finally(() => awaited.delete(id)),
    onError: (error, key) => {
      // Told by a condition already; what the manifest says will not become better by itself.
      if (!(error instanceof MessagingError)) log('A loop failed and tries again', { key, error });
    },
  });

  async function follow(place: Place): Promise<void> {
    for (const key of await keysIn(place)) queue.add(key);
    for await (const event of store.watch(functionKind, { ...place, signal }))
      if (event.type !== 'BOOKMARK') queue.add(keyText(keyOf(event.object)));
  }
  const loopOptions = (what: string): ForeverOptions => ({
    clock,
    signal,
    longestMs: longestPauseMs,
    onError: (error) => log('A loop failed and tries again', { what, error }),
  });
  const loops = [
    ...places.map((place) => forever(() => follow(place), loopOptions('functions'))),
    measureSources({
      apps,
      pool: options.pool,
      scalers: options.scalers,
      environmentOf: (serving) => readEnvironment(store, serving),
      ...loopOptions('sources'),
    }),
  ];

  return {
    service: { watchDeliveries: (_, until) => deliveries.watch(AbortSignal.any([until, signal])) },
    leadingChanged: () => {
      for (const fn of apps.functions()) queue.add(fn);
    },
    isReady: () => isListed && awaited.size === 0,
    close: async (ms) => {
      ending.abort();
      const grace = AbortSignal.timeout(ms);
      // First what is under way: what is still being opened may take as long as its manifest lets it.
      await Promise.all([apps.close(grace), ...loops, Promise.race([reconciler.close(), aborted(grace)])]);
    },
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

async function servingOf(store: Store, { metadata, status }: OFunction): Promise<Serving | undefined> {
  const name = status?.serving?.lastSuccessfulResourceRef;
  return name === undefined ? undefined : store.get(servingKind, { namespace: metadata.namespace ?? '', name });
}

/** Whether it is no function module. Where the traffic is new, only the Function says so yet, of the Serving that is its newest. */
function isOwnImage({ status }: OFunction, { metadata, status: own }: Serving): boolean {
  const isNewest = status?.serving?.resourceRef === metadata.name;
  return servesByItself(own?.conditions) || (isNewest && servesByItself(status?.conditions));
}

function keyFrom(text: string): Key {
  const [namespace = '', name = ''] = text.split('/');
  return { namespace, name };
}
