import type { Clock } from '@openfunction/reconcile';

export interface WithinOptions {
  ms: number;
  clock: Clock;
  signal: AbortSignal;
}

/** What the work comes to, unless it takes longer: then it rejects, whether the work heeds its signal or not. */
export async function within<T>({ ms, clock, signal }: WithinOptions, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const late = new AbortController();
  const until = AbortSignal.any([signal, late.signal]);
  let stop = (): void => {};
  const ended = new Promise<never>((_, reject) => {
    until.addEventListener('abort', () => reject(until.reason as Error), { once: true });
    stop = clock.setTimeout(() => late.abort(new Error(`There was no answer within ${ms / 1000} seconds.`)), ms);
  });
  try {
    until.throwIfAborted();
    return await Promise.race([work(until), ended]);
  } finally {
    stop();
  }
}
