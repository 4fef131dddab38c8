import { canonicalJson } from '@openfunction/artifact';
import { keyOf, keyText, type KubeObject, type ResourceKind } from '@openfunction/resources';
import { StoreError, type Store } from '@openfunction/store';
import { recordEvent } from './events/recorder.ts';

/** How often the counts of an object may be written by themselves. */
export interface CountLimit {
  /** Milliseconds until the counts of this object may be written. */
  waitMs(id: string, nowMs: number): number;
  written(id: string, nowMs: number): void;
  forget(id: string): void;
}

const betweenCountsMs = 1000;

export function countLimit(): CountLimit {
  const last = new Map<string, number>();
  return {
    waitMs: (id, nowMs) => Math.max(0, (last.get(id) ?? -Infinity) + betweenCountsMs - nowMs),
    written: (id, nowMs) => void last.set(id, nowMs),
    forget: (id) => void last.delete(id),
  };
}

function withoutCounts(status: unknown): unknown {
  const { replicas: _replicas, readyReplicas: _ready, ...rest } = Object(status) as Record<string, unknown>;
  return rest;
}

/** Writes a status that differs from the one before; one that differs in counts alone at most once a second. A version that has moved on is a Conflict. */
export async function writeStatus<T extends KubeObject>(
  store: Store,
  kind: ResourceKind<T>,
  object: T,
  { before, counts, nowMs }: { before: unknown; counts: CountLimit; nowMs: number },
): Promise<{ isWritten: boolean; requeueAfterMs?: number }> {
  if (canonicalJson(object.status ?? {}) === canonicalJson(before ?? {})) return { isWritten: false };
  const id = keyText(keyOf(object));
  const onlyCounts = canonicalJson(withoutCounts(object.status)) === canonicalJson(withoutCounts(before));
  const waitMs = onlyCounts ? counts.waitMs(id, nowMs) : 0;
  if (waitMs > 0) return { isWritten: false, requeueAfterMs: waitMs };
  try {
    await store.updateStatus(kind, object);
  } catch (error) {
    if (!(error instanceof StoreError && error.code === 'Invalid')) throw error;
    await tellOtherwise(store, object, { message: error.message, nowMs });
    return { isWritten: false };
  }
  counts.written(id, nowMs);
  return { isWritten: true };
}

/** An API server takes no status of an object that it would not take today; an Event can still say why. */
async function tellOtherwise(store: Store, object: KubeObject, { message, nowMs }: { message: string; nowMs: number }): Promise<void> {
  await recordEvent(store, object, { type: 'Warning', reason: 'Invalid', message }, nowMs);
}
