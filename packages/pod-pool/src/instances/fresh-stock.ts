import type { Instance } from '@openfunction/workload';
import type { Timers } from '../timers.ts';
import type { InstanceLine } from './instance-line.ts';
import type { Ledger } from './ledger.ts';

/** A warm instance that nobody has, with all that a load of it needs to know. */
export interface FreshInstance {
  instance: Instance & { endpoints: NonNullable<Instance['endpoints']> };
  /** Which code caches it can use; empty: not known. */
  codeCacheKey: string;
  /** For its load. */
  line?: InstanceLine;
}

/** The Fresh instances of every pool, and who waits for one. */
export interface FreshStock {
  add(pool: string, fresh: FreshInstance): void;
  /** For an instance that is gone. */
  remove(id: string): void;
  /** The oldest one, which from then on is Claimed; nobody gets it twice. Never ahead of who waits. */
  take(pool: string): FreshInstance | undefined;
  /** The one that `take` would give now. */
  next(pool: string): FreshInstance | undefined;
  /** The next one, in the order of the calls; undefined when none came in time. */
  wait(pool: string, timeoutMs: number): Promise<FreshInstance | undefined>;
  fresh(pool: string): number;
  unmet(pool: string): number;
  clear(): void;
}

export function freshStock(ledger: Ledger, timers: Timers): FreshStock {
  const stock = new Map<string, Map<string, FreshInstance>>();
  const waiting = new Map<string, Set<(fresh?: FreshInstance) => void>>();
  const queueOf = (pool: string): Set<(fresh?: FreshInstance) => void> =>
    waiting.get(pool) ?? waiting.set(pool, new Set()).get(pool) ?? new Set();

  function takeOldest(pool: string): FreshInstance | undefined {
    for (const [id, fresh] of stock.get(pool) ?? []) {
      stock.get(pool)?.delete(id);
      if (ledger.advance(id, 'Claimed')) return fresh;
      fresh.line?.close();
    }
    return undefined;
  }

  function clear(): void {
    for (const all of stock.values()) for (const { line } of all.values()) line?.close();
    stock.clear();
  }
  timers.signal.addEventListener('abort', clear);

  return {
    add: (pool, fresh) => {
      const all = stock.get(pool) ?? new Map<string, FreshInstance>();
      stock.set(pool, all.set(fresh.instance.id, fresh));
      const [first] = queueOf(pool);
      const taken = first === undefined ? undefined : takeOldest(pool);
      if (taken !== undefined) first?.(taken);
    },
    remove: (id) => {
      for (const all of stock.values()) {
        all.get(id)?.line?.close();
        all.delete(id);
      }
    },
    take: (pool) => (queueOf(pool).size > 0 ? undefined : takeOldest(pool)),
    next: (pool) => stock.get(pool)?.values().next().value,
    wait: (pool, timeoutMs) =>
      new Promise((resolve) => {
        const queue = queueOf(pool);
        const settle = (fresh?: FreshInstance): void => {
          queue.delete(settle);
          cancel();
          timers.signal.removeEventListener('abort', over);
          resolve(fresh);
        };
        const over = (): void => settle();
        const cancel = timers.after(timeoutMs, over);
        timers.signal.addEventListener('abort', over);
        queue.add(settle);
        if (timers.signal.aborted) settle();
      }),
    fresh: (pool) => stock.get(pool)?.size ?? 0,
    unmet: (pool) => waiting.get(pool)?.size ?? 0,
    clear,
  };
}
