import type { Clock } from '@openfunction/reconcile';

export interface ForeverOptions {
  clock: Clock;
  signal: AbortSignal;
  onError: (error: unknown) => void;
}

const firstMs = 100;
const longestMs = 5_000;

/** Does work again and again until the signal; what fails waits longer each time. */
export async function forever(work: () => Promise<void>, { clock, signal, onError }: ForeverOptions): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    try {
      await work();
      failures = 0;
    } catch (error) {
      if (!signal.aborted) onError(error);
      failures += 1;
    }
    await pause(clock, Math.min(longestMs, firstMs * 2 ** Math.min(failures, 9)), signal);
  }
}

/** Resolves after so long, or with the signal. */
export function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
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
