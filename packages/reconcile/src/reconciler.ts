import type { Clock } from './clock.ts';
import type { Queue } from './queue.ts';
import { TerminalError } from './terminal-error.ts';

export interface ReconcilerOptions {
  queue: Queue;
  /** Brings one key to its desired state; may ask to be called again. */
  reconcile(key: string, signal: AbortSignal): Promise<{ requeueAfterMs?: number } | void>;
  workers: number;
  resyncMs: number;
  listKeys(): Promise<string[]>;
  clock: Clock;
  onError(error: unknown, key?: string): void;
}

export interface Reconciler {
  /** Resolves when no worker is busy any more. */
  close(): Promise<void>;
}

/** Works through the queue, and puts every key in line at the start and every `resyncMs`. */
export function startReconciler(options: ReconcilerOptions): Reconciler {
  const { queue, clock } = options;
  const stop = new AbortController();
  let cancelResync = (): void => {};

  async function resync(): Promise<void> {
    try {
      for (const key of await options.listKeys()) queue.add(key);
    } catch (error) {
      options.onError(error);
    }
    if (!stop.signal.aborted) cancelResync = clock.setTimeout(() => void resync(), options.resyncMs);
  }
  async function work(): Promise<void> {
    for (let key = await queue.take(); key !== undefined; key = await queue.take()) await workOn(options, key, stop.signal);
  }

  void resync();
  const workers = Array.from({ length: options.workers }, work);
  return {
    close: async () => {
      stop.abort();
      cancelResync();
      queue.close();
      await Promise.all(workers);
    },
  };
}

async function workOn({ queue, reconcile, onError }: ReconcilerOptions, key: string, signal: AbortSignal): Promise<void> {
  try {
    const answer = await reconcile(key, signal);
    queue.forget(key);
    if (answer?.requeueAfterMs !== undefined) queue.addAfter(key, answer.requeueAfterMs);
  } catch (error) {
    if (signal.aborted) return;
    onError(error, key);
    if (error instanceof TerminalError) queue.forget(key);
    else queue.addFailed(key);
  } finally {
    queue.done(key);
  }
}
