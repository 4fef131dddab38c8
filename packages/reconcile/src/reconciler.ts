import type { Clock } from './clock.ts';
import type { ControllerObserver } from './controller-observer.ts';
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
  observer?: ControllerObserver;
}

export interface Reconciler {
  /** Resolves when no worker is busy any more. */
  close(): Promise<void>;
}

const chunk = 16;
const listAgainMs = 1000;

/** Works through the queue, and puts every key in line: all at the start, and then each once in every `resyncMs`, spread over that time. */
export function startReconciler(options: ReconcilerOptions): Reconciler {
  const { queue, clock } = options;
  const stop = new AbortController();
  let cancelResync = (): void => {};

  async function listThen(use: (keys: string[]) => void): Promise<void> {
    try {
      use(await options.listKeys());
    } catch (error) {
      if (stop.signal.aborted) return;
      options.onError(error);
      cancelResync = clock.setTimeout(() => void listThen(use), Math.min(listAgainMs, options.resyncMs));
    }
  }
  function first(keys: readonly string[]): void {
    for (const key of keys) queue.add(key);
    spread([]);
  }
  // Thousands of keys at once would hold up what just changed, and make the load of an idle platform jump.
  function spread(rest: readonly string[], chunks = Math.max(1, Math.ceil(rest.length / chunk))): void {
    if (stop.signal.aborted) return;
    for (const key of rest.slice(0, chunk)) queue.add(key);
    const next = rest.slice(chunk);
    const then = (): void => (next.length > 0 ? spread(next, chunks) : void listThen(spread));
    cancelResync = clock.setTimeout(then, options.resyncMs / chunks);
  }
  async function work(): Promise<void> {
    for (let key = await queue.take(); key !== undefined; key = await queue.take()) await workOn(options, key, stop.signal);
  }

  void listThen(first);
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

async function workOn({ queue, reconcile, onError, observer }: ReconcilerOptions, key: string, signal: AbortSignal): Promise<void> {
  const ended = observer?.began();
  try {
    const answer = await reconcile(key, signal);
    queue.forget(key);
    if (answer?.requeueAfterMs !== undefined) queue.addAfter(key, answer.requeueAfterMs);
    ended?.(answer?.requeueAfterMs === undefined ? 'success' : 'requeue_after');
  } catch (error) {
    ended?.(error instanceof TerminalError ? 'terminal_error' : 'error');
    if (signal.aborted) return;
    onError(error, key);
    if (error instanceof TerminalError) queue.forget(key);
    else queue.addFailed(key);
  } finally {
    queue.done(key);
  }
}
