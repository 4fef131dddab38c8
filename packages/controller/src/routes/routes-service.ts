import { canonicalJson } from '@openfunction/artifact';
import type { Route } from '../route/messages.ts';

export type RouteUpdate = { upsert: Route } | { remove: string } | { snapshotEnd: Record<string, never> };

export interface RoutesService {
  /** Equal to what is there: tells nobody. */
  set(route: Route): void;
  remove(id: string): void;
  /** routes.v1 Watch: the whole table, its end, then changes in order. */
  watch(request: { gatewayId: string }, options: { signal: AbortSignal }): AsyncIterable<RouteUpdate>;
}

/**
 * The table of routes, as gateways follow it. Changes to one route that a slow gateway has not read yet become one. Nobody is
 * told of anything before `whole`: a gateway replaces its table by the snapshot, and would forget what is still missing.
 */
export function routesService(whole: Promise<void> = Promise.resolve()): RoutesService {
  const table = new Map<string, Route>();
  const listeners = new Set<(id: string) => void>();
  const changed = (id: string): void => {
    for (const tell of listeners) tell(id);
  };

  return {
    set: (route) => {
      const before = table.get(route.id);
      if (before !== undefined && canonicalJson(before) === canonicalJson(route)) return;
      table.set(route.id, route);
      changed(route.id);
    },
    remove: (id) => {
      if (table.delete(id)) changed(id);
    },
    watch: async function* (_request, { signal }) {
      await Promise.race([whole, aborted(signal)]);
      if (signal.aborted) return;
      const pending = new Set<string>();
      let wake = Promise.withResolvers<void>();
      const tell = (id: string): void => {
        // Deleted first, so that the newest change is the last in the order.
        pending.delete(id);
        pending.add(id);
        wake.resolve();
      };
      const stop = (): void => wake.resolve();
      listeners.add(tell);
      signal.addEventListener('abort', stop, { once: true });
      try {
        for (const route of table.values()) yield { upsert: route };
        yield { snapshotEnd: {} };
        while (!signal.aborted) {
          await wake.promise;
          wake = Promise.withResolvers();
          for (const id of pending) {
            pending.delete(id);
            const route = table.get(id);
            yield route === undefined ? { remove: id } : { upsert: route };
          }
        }
      } finally {
        listeners.delete(tell);
        signal.removeEventListener('abort', stop);
      }
    },
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
