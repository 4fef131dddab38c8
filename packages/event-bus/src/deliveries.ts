import type { DeliveryState, WatchDeliveriesResponse } from '@openfunction/protocol';
import { isOfScaling, type MessagingError } from '@openfunction/messaging';

/** What is said to the controller of each Serving that listens to something. */
export interface Deliveries {
  /** The trouble is what keeps messages away now, or only from being measured; undefined: there is none. */
  set(serving: { id: string; uid: string }, trouble: MessagingError | undefined): void;
  remove(id: string): void;
  /** Present states, the end of them, and then changes; of many changes of one Serving the newest. */
  watch(signal: AbortSignal): AsyncIterable<WatchDeliveriesResponse>;
}

interface Watcher {
  /** By Serving: what it was not told yet. */
  pending: Map<string, WatchDeliveriesResponse>;
  wake(): void;
}

export function deliveries(): Deliveries {
  const states = new Map<string, DeliveryState>();
  const watchers = new Set<Watcher>();
  const tell = (id: string, update: WatchDeliveriesResponse): void => {
    for (const watcher of watchers) {
      watcher.pending.delete(id);
      watcher.pending.set(id, update);
      watcher.wake();
    }
  };
  return {
    set: ({ id, uid }, trouble) => {
      const isDelivering = trouble === undefined || isOfScaling(trouble);
      const state = { serving: id, uid, isDelivering, reason: trouble?.code ?? '', message: trouble?.message ?? '' };
      const before = states.get(id);
      if (before?.uid === uid && before.reason === state.reason && before.message === state.message) return;
      states.set(id, state);
      tell(id, { state });
    },
    remove: (id) => {
      if (states.delete(id)) tell(id, { removed: id });
    },
    watch: async function* (signal) {
      const watcher: Watcher = { pending: new Map(), wake: () => {} };
      watchers.add(watcher);
      try {
        for (const state of states.values()) yield { state };
        yield { snapshotEnd: {} };
        while (!signal.aborted) {
          const [next] = watcher.pending;
          if (next === undefined) await woken(watcher, signal);
          else {
            watcher.pending.delete(next[0]);
            yield next[1];
          }
        }
      } finally {
        watchers.delete(watcher);
      }
    },
  };
}

function woken(watcher: Watcher, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    watcher.wake = resolve;
    signal.addEventListener('abort', () => resolve(), { once: true });
    if (signal.aborted || watcher.pending.size > 0) resolve();
  });
}
