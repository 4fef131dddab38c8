import type { Clock } from './clock.ts';

/** Resolves after so long, or with the signal. Of many, none leaves a listener behind. */
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
