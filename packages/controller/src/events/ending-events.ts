import { functionKind, type Serving } from '@openfunction/resources';
import type { Store } from '@openfunction/store';
import { functionOwner } from '../function/child-index.ts';
import type { ServingReport } from '../function/world.ts';
import { recordEvent } from './recorder.ts';

/** A function that ends again and again is told of so often at most; what happens between is not counted. */
const gapMs = 10_000;

/** Writes an Event on the Function when an instance of it ended that nobody wanted to end. */
export function endingEvents({ store, now }: { store: Store; now: () => number }): {
  told(serving: Serving, before: ServingReport | undefined, after: ServingReport): Promise<void>;
} {
  const writtenAt = new Map<string, number>();

  function isDue(id: string): boolean {
    for (const [one, at] of writtenAt) if (now() - at >= gapMs) writtenAt.delete(one);
    if (writtenAt.has(id)) return false;
    writtenAt.set(id, now());
    return true;
  }

  return {
    told: async (serving, before, { uid, ending }) => {
      // What ended before this process first heard of it was told by the one before.
      if (ending === undefined || before?.uid !== uid || ending.count <= (before.ending?.count ?? 0)) return;
      const owner = functionOwner(serving);
      if (owner === undefined || !isDue(`${owner.uid} ${ending.reason}`)) return;
      const fn = await store.get(functionKind, owner.key);
      if (fn?.metadata.uid !== owner.uid) return;
      await recordEvent(store, fn, { type: 'Warning', reason: ending.reason, message: ending.message }, now());
    },
  };
}
