import type { Clock } from '@openfunction/reconcile';

export interface LoopOptions {
  clock: Clock;
  signal: AbortSignal;
  onError: (error: unknown) => void;
  /** The longest pause after failures. Default 30 s. */
  longestMs?: number;
}

/** Does work until it has ended well once, or until the signal. */
export async function once(work: () => Promise<void>, options: LoopOptions): Promise<void> {
  const done = new AbortController();
  const signal = AbortSignal.any([options.signal, done.signal]);
  await forever(() => work().then(() => done.abort()), { ...options, signal });
}

/** Does work again and again until the signal; what fails waits longer each time, what ended well begins again soon. */
export async function forever(work: () => Promise<void>, { clock, signal, onError, longestMs = 30_000 }: LoopOptions): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    try {
      await work();
      failures = 0;
    } catch (error) {
      if (!signal.aborted) onError(error);
      failures += 1;
    }
    await sleep(clock, Math.min(longestMs, 100 * 2 ** Math.min(failures, 9)), signal);
  }
}

function sleep(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const stop = (): void => {
      cancel();
      signal.removeEventListener('abort', stop);
      resolve();
    };
    const cancel = clock.setTimeout(stop, ms);
    signal.addEventListener('abort', stop, { once: true });
  });
}
