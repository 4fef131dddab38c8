import { forever, type ForeverOptions } from '@openfunction/reconcile';

/** Does work until it has ended well once, or until the signal. */
export async function once(work: () => Promise<void>, options: ForeverOptions): Promise<void> {
  const done = new AbortController();
  const signal = AbortSignal.any([options.signal, done.signal]);
  await forever(() => work().then(() => done.abort()), { ...options, signal });
}
