import type { WatchServingsResponse } from '@openfunction/protocol';
import { outbox, type Outbox } from '../gateways/outbox.ts';
import type { Timers } from '../timers.ts';
import { stateOf } from './state.ts';
import type { ServingWorld } from './world.ts';

/** Who follows what becomes of Servings. */
export interface Reports {
  /** The state is told soon, and once for many changes: what listens must not compete with a request that waits. */
  changed(world: ServingWorld): void;
  removed(id: string): void;
  watch(signal: AbortSignal): AsyncIterable<WatchServingsResponse>;
}

const delayMs = 100;

/** `onTold` hears of the same changes. */
export function reports(worlds: ReadonlyMap<string, ServingWorld>, timers: Timers, onTold: (world: ServingWorld) => void): Reports {
  const watchers = new Set<Outbox<WatchServingsResponse>>();
  const pending = new Set<ServingWorld>();

  function flush(): void {
    for (const world of pending) {
      if (world.gone) continue;
      for (const watcher of watchers) watcher.push({ state: stateOf(world) });
      onTold(world);
    }
    pending.clear();
  }

  return {
    changed: (world) => {
      if (pending.size === 0) timers.after(delayMs, flush);
      pending.add(world);
    },
    removed: (id) => {
      for (const watcher of watchers) watcher.push({ removed: id });
    },
    watch: async function* (signal) {
      const own = outbox<WatchServingsResponse>();
      watchers.add(own);
      for (const world of worlds.values()) own.push({ state: stateOf(world) });
      own.push({ snapshotEnd: {} });
      try {
        yield* own.read(signal);
      } finally {
        watchers.delete(own);
      }
    },
  };
}
