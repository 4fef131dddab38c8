import { pause, type Clock } from '@openfunction/reconcile';
import { servingKind, usesEventBus } from '@openfunction/resources';
import type { Store } from '@openfunction/store';

export interface MessagingNeededOptions {
  store: Store;
  clock: Clock;
  signal: AbortSignal;
}

const againMs = 1_000;

/** Resolves when something first has to do with messages or state; never, where nothing does. What brings them costs memory. */
export async function messagingNeeded({ store, clock, signal }: MessagingNeededOptions): Promise<void> {
  while (!signal.aborted) {
    try {
      for await (const event of store.watch(servingKind, { signal }))
        if (event.type !== 'BOOKMARK' && event.type !== 'DELETED' && usesEventBus(event.object.spec)) return;
    } catch {
      // A watch may end at any time; the next one begins with what is there.
    }
    await pause(clock, againMs, signal);
  }
  await new Promise(() => {});
}
