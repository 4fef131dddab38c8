import type { Clock } from './clock.ts';
import type { ControllerObserver } from './controller-observer.ts';

export interface QueueOptions {
  clock: Clock;
  /** Uniform in [0, 1). */
  random: () => number;
  baseDelayMs?: number;
  maxDelayMs?: number;
  observer?: ControllerObserver;
}

/** Keys that need work: each at most once in line, and never with two workers at one time. */
export interface Queue {
  add(key: string): void;
  addAfter(key: string, delayMs: number): void;
  /** Back in line after a delay that doubles with every failure in a row. */
  addFailed(key: string): void;
  /** Ends the row of failures. */
  forget(key: string): void;
  /** The next key; undefined once the queue is closed. */
  take(): Promise<string | undefined>;
  /** Whoever took a key gives it back; if it was added meanwhile, it is in line again. */
  done(key: string): void;
  close(): void;
}

export function createQueue({ clock, random, baseDelayMs = 100, maxDelayMs = 60_000, observer }: QueueOptions): Queue {
  /** In order, with the time since when. */
  const line = new Map<string, number>();
  const working = new Set<string>();
  const dirty = new Set<string>();
  const failures = new Map<string, number>();
  const delayed = new Map<string, { at: number; cancel: () => void }>();
  const takers: ((key: string | undefined) => void)[] = [];
  let closed = false;

  function add(key: string): void {
    if (closed) return;
    if (working.has(key)) dirty.add(key);
    else if (!line.has(key)) {
      line.set(key, clock.now());
      observer?.added();
    }
    hand();
  }
  function hand(): void {
    for (const [key, since] of line) {
      const taker = takers.shift();
      if (taker === undefined) break;
      line.delete(key);
      working.add(key);
      observer?.taken(clock.now() - since);
      taker(key);
    }
    observer?.depth(line.size);
  }
  function addAfter(key: string, delayMs: number): void {
    const at = clock.now() + delayMs;
    const present = delayed.get(key);
    if (closed || (present !== undefined && present.at <= at)) return;
    present?.cancel();
    const due = (): void => {
      delayed.delete(key);
      add(key);
    };
    delayed.set(key, { at, cancel: clock.setTimeout(due, delayMs) });
  }

  return {
    add,
    addAfter,
    addFailed: (key) => {
      observer?.retried();
      const count = failures.get(key) ?? 0;
      failures.set(key, count + 1);
      const delay = Math.min(maxDelayMs, baseDelayMs * 2 ** Math.min(count, 30));
      addAfter(key, delay * (0.5 + random() / 2));
    },
    forget: (key) => failures.delete(key),
    take: () =>
      new Promise((resolve) => {
        if (closed) return resolve(undefined);
        takers.push(resolve);
        hand();
      }),
    done: (key) => {
      working.delete(key);
      if (dirty.delete(key)) add(key);
    },
    close: () => {
      closed = true;
      for (const { cancel } of delayed.values()) cancel();
      for (const taker of takers.splice(0)) taker(undefined);
    },
  };
}
