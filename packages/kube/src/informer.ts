import { keyOf, keyText, type KubeObject } from '@openfunction/resources';
import { StoreError, type ObjectList, type WatchEvent } from '@openfunction/store';
import { backoffMs } from './backoff.ts';
import { systemClock, type Clock } from './clock.ts';

/** Where an informer gets its objects from: pages, and changes since a version. */
export interface InformerSource<T> {
  list(token: string | undefined, signal: AbortSignal): Promise<ObjectList<T>>;
  watch(resourceVersion: string, signal: AbortSignal): AsyncIterable<WatchEvent<T>>;
}

export interface InformerOptions {
  signal: AbortSignal;
  /** Go on from here and never list; the informer then throws `Expired` instead of listing again. */
  resourceVersion?: string;
  /** A full list and diff at least this often, since a watch may miss things. Default 10 min. */
  resyncMs?: number;
  /** A watch without an event for so long is presumed dead. Bookmarks come about once a minute. Default 90 s. */
  inactivityMs?: number;
  clock?: Clock;
  random?: () => number;
  /** Told of every failure that is retried. */
  onError?: (error: unknown) => void;
}

type Step<T> = { kind: 'event'; event: WatchEvent<T> } | { kind: 'ended' } | { kind: 'late' };

/** What must be told so that someone who knew `known` knows `listed`; also brings `known` up to date. */
export function diff<T extends KubeObject>(known: Map<string, T>, listed: readonly T[]): WatchEvent<T>[] {
  const events: WatchEvent<T>[] = [];
  const present = new Set(listed.map((object) => keyText(keyOf(object))));
  for (const [key, object] of known) {
    if (present.has(key)) continue;
    known.delete(key);
    events.push({ type: 'DELETED', object });
  }
  for (const object of listed) events.push(...learn(known, object));
  return events;
}

function learn<T extends KubeObject>(known: Map<string, T>, object: T): WatchEvent<T>[] {
  const key = keyText(keyOf(object));
  const old = known.get(key);
  if (old?.metadata.resourceVersion === object.metadata.resourceVersion && old !== undefined) return [];
  known.set(key, lean(object));
  if (old === undefined) return [{ type: 'ADDED', object }];
  if (old.metadata.uid === object.metadata.uid) return [{ type: 'MODIFIED', object }];
  return [
    { type: 'DELETED', object: old },
    { type: 'ADDED', object },
  ];
}

/** Field owners are half of an object, and nobody asks a copy for them. */
function lean<T extends KubeObject>(object: T): T {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function forget<T extends KubeObject>(known: Map<string, T>, object: T): WatchEvent<T>[] {
  return known.delete(keyText(keyOf(object))) ? [{ type: 'DELETED', object }] : [];
}

async function listAll<T>(source: InformerSource<T>, signal: AbortSignal): Promise<ObjectList<T>> {
  const items: T[] = [];
  let token: string | undefined;
  for (;;) {
    const page = await source.list(token, signal);
    items.push(...page.items);
    if (!page.continue) return { items, resourceVersion: page.resourceVersion };
    token = page.continue;
  }
}

async function nextStep<T>(events: AsyncIterator<WatchEvent<T>>, waitMs: number, clock: Clock): Promise<Step<T>> {
  const timer = new AbortController();
  const next = events.next();
  next.catch(() => undefined);
  try {
    return await Promise.race([
      next.then((step): Step<T> => (step.done ? { kind: 'ended' } : { kind: 'event', event: step.value })),
      clock.sleep(Math.max(0, waitMs), timer.signal).then((): Step<T> => ({ kind: 'late' })),
    ]);
  } finally {
    timer.abort();
  }
}

/**
 * Events without gaps for as long as the signal allows: the present state as ADDED, a bookmark, then changes.
 * Disconnections, 410s and errors are survived; what vanished meanwhile is told as DELETED with its last known state.
 */
export async function* inform<T extends KubeObject>(source: InformerSource<T>, options: InformerOptions): AsyncGenerator<WatchEvent<T>> {
  const { signal, clock = systemClock, random = Math.random, resyncMs = 600_000, inactivityMs = 90_000, onError } = options;
  const follows = options.resourceVersion !== undefined && options.resourceVersion !== '' && options.resourceVersion !== '0';
  const known = new Map<string, T>();
  let version = follows ? options.resourceVersion : undefined;
  let listedAt = clock.now();
  let failures = 0;

  async function* connection(from: string): AsyncGenerator<WatchEvent<T>> {
    const connected = new AbortController();
    const events = source.watch(from, AbortSignal.any([signal, connected.signal]))[Symbol.asyncIterator]();
    try {
      while (!signal.aborted) {
        const resyncIn = follows ? Infinity : listedAt + resyncMs - clock.now();
        const step = await nextStep(events, Math.min(inactivityMs, resyncIn), clock);
        if (step.kind === 'ended') return;
        if (step.kind === 'late') {
          if (resyncIn <= inactivityMs) version = undefined;
          return;
        }
        failures = 0;
        yield step.event;
        if (!follows && clock.now() - listedAt >= resyncMs) {
          version = undefined;
          return;
        }
      }
    } finally {
      connected.abort();
    }
  }

  function told(event: WatchEvent<T>): WatchEvent<T>[] {
    if (event.type === 'BOOKMARK') version = event.resourceVersion;
    else version = event.object.metadata.resourceVersion ?? version;
    if (follows || event.type === 'BOOKMARK') return [event];
    return event.type === 'DELETED' ? forget(known, event.object) : learn(known, event.object);
  }

  while (!signal.aborted) {
    const startedAt = clock.now();
    try {
      if (version === undefined) {
        const listed = await listAll(source, signal);
        listedAt = clock.now();
        yield* diff(known, listed.items);
        version = listed.resourceVersion;
        yield { type: 'BOOKMARK', resourceVersion: version };
      }
      for await (const event of connection(version)) yield* told(event);
      // A server that ends every watch at once would otherwise be asked in a tight loop.
      if (!signal.aborted && clock.now() - startedAt < 1_000) await clock.sleep(backoffMs(failures++, random), signal);
    } catch (error) {
      if (signal.aborted) return;
      const expired = error instanceof StoreError && error.code === 'Expired';
      if (follows && expired) throw error;
      // Anything else than a lost connection leaves doubt about what was seen: list again.
      if (expired || !(error instanceof StoreError)) version = follows ? version : undefined;
      onError?.(error);
      await clock.sleep(backoffMs(failures++, random), signal);
    }
  }
}
