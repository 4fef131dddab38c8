import { backOffMs, ComponentError, connectionBackOff } from '@openfunction/components';
import { pause, type Clock } from '@openfunction/reconcile';
import { ApiError } from '../api/api-error.ts';

export interface PersistOptions {
  signal: AbortSignal;
  clock: Clock;
  random(): number;
  /** Of each failure, and, with `undefined`, of the success. */
  tell(error: unknown): void;
}

/** Tries again while a server is away, until the signal aborts; `undefined` when another try would not change anything. */
export async function persist<T>(action: () => Promise<T>, { signal, clock, random, tell }: PersistOptions): Promise<T | undefined> {
  for (let failures = 1; ; failures++) {
    try {
      const had = await action();
      tell(undefined);
      return had;
    } catch (error) {
      if (signal.aborted) return undefined;
      tell(error);
      if (isFinal(error)) return undefined;
      await pause(clock, backOffMs(connectionBackOff, failures, random()), signal);
      if (signal.aborted) return undefined;
    }
  }
}

/** What another try would not change. */
export function isFinal(error: unknown): boolean {
  if (error instanceof ComponentError) return error.code !== 'ComponentUnavailable';
  return error instanceof ApiError || error instanceof SyntaxError;
}
