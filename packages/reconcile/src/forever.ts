import type { Clock } from './clock.ts';
import { pause } from './pause.ts';

export interface ForeverOptions {
  clock: Clock;
  signal: AbortSignal;
  onError: (error: unknown) => void;
  /** The longest pause after failures. Default 30 s. */
  longestMs?: number;
}

const firstMs = 100;

/** Does work again and again until the signal; what fails waits longer each time, what ended well begins again soon. */
export async function forever(work: () => Promise<void>, options: ForeverOptions): Promise<void> {
  const { clock, signal, onError, longestMs = 30_000 } = options;
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
