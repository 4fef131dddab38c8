import type { Clock } from '@openfunction/reconcile';

/** Timers and work of one scheduler, which end with it. */
export interface Timers {
  readonly signal: AbortSignal;
  now(): number;
  /** Runs the action once; the answer cancels it. */
  after(ms: number, action: () => void): () => void;
  /** Resolves after so long, or at once when the scheduler ends. */
  sleep(ms: number): Promise<void>;
  /** Work that nobody waits for: its failure is logged. */
  background(what: string, work: Promise<unknown>): void;
  /** Begins again what ended, for as long as the scheduler lives: a watch may end at any time. */
  always(what: string, follow: () => Promise<void>): Promise<void>;
  close(): void;
}

const restartMs = 1000;

export function timers(clock: Clock, log: (message: string, error?: unknown) => void): Timers {
  const ended = new AbortController();
  const { signal } = ended;
  const pending = new Set<() => void>();

  function after(ms: number, action: () => void): () => void {
    if (signal.aborted) return () => {};
    const stop = clock.setTimeout(() => (pending.delete(cancel), action()), ms);
    const cancel = (): void => (pending.delete(cancel), stop());
    pending.add(cancel);
    return cancel;
  }
  function sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const over = (): void => (signal.removeEventListener('abort', over), cancel(), resolve());
      const cancel = after(ms, over);
      signal.addEventListener('abort', over);
      if (signal.aborted) over();
    });
  }
  function failed(what: string, error: unknown): void {
    if (!signal.aborted) log(`${what} failed; it is tried again.`, error);
  }

  return {
    signal,
    now: () => clock.now(),
    after,
    sleep,
    background: (what, work) => void work.catch((error: unknown) => failed(what, error)),
    always: async (what, follow) => {
      while (!signal.aborted) {
        await follow().catch((error: unknown) => failed(what, error));
        if (!signal.aborted) await sleep(restartMs);
      }
    },
    close: () => {
      ended.abort();
      for (const cancel of pending) cancel();
    },
  };
}
