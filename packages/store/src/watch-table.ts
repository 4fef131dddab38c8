import type { KubeObject } from '@openfunction/resources';
import { matchesLabels } from './labels.ts';
import type { Change, ObjectTable } from './object-table.ts';
import { StoreError } from './store-error.ts';
import type { WatchEvent, WatchOptions } from './store.ts';

const batch = 256;

/** What leaves a selection is told as it was in it, in the version in which it left. */
export function left<T extends KubeObject>(previous: T, object: T): T {
  return { ...previous, metadata: { ...previous.metadata, resourceVersion: object.metadata.resourceVersion } };
}

/** How a change looks to a watch that selects, where objects enter and leave the selection. */
function eventFor<T extends KubeObject>(change: Change, options: WatchOptions): WatchEvent<T> | undefined {
  const object = change.object as T;
  if (options.namespace !== undefined && object.metadata.namespace !== options.namespace) return undefined;
  const previous = (change.previous ?? change.object) as T;
  const before = change.type !== 'ADDED' && matchesLabels(previous.metadata.labels, options.labels);
  const after = change.type !== 'DELETED' && matchesLabels(object.metadata.labels, options.labels);
  const known = change.previous === undefined ? {} : { previous };
  if (after) return { type: before ? 'MODIFIED' : 'ADDED', object, ...known };
  return before ? { type: 'DELETED', object: change.type === 'DELETED' ? object : left(previous, object) } : undefined;
}

function startOf(table: ObjectTable, resourceVersion: string): number {
  const revision = Number(resourceVersion);
  if (!Number.isSafeInteger(revision) || revision < 0)
    throw new StoreError('BadRequest', `resourceVersion "${resourceVersion}" is not one of this store; list again`);
  if (revision > table.revision())
    throw new StoreError('Expired', `resourceVersion ${resourceVersion} is newer than this store; list again`);
  return revision;
}

function wakened(waiting: Set<() => void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      waiting.delete(wake);
      signal.removeEventListener('abort', wake);
      resolve();
    };
    waiting.add(wake);
    signal.addEventListener('abort', wake);
  });
}

/**
 * Reads the history as fast as its consumer takes it: a slow consumer costs no memory, and one that falls
 * behind the history gets `Expired`, as from a real API server.
 */
export async function* watchTable<T extends KubeObject>(
  table: ObjectTable,
  kind: string,
  options: WatchOptions,
  waiting: Set<() => void>,
): AsyncGenerator<WatchEvent<T>> {
  const { signal } = options;
  const resumed = options.resourceVersion !== undefined && options.resourceVersion !== '' && options.resourceVersion !== '0';
  let seen = resumed ? startOf(table, options.resourceVersion ?? '') : table.revision();
  let announced = -1;
  if (!resumed) {
    const present = [...table.scan(kind, { namespace: options.namespace })].filter((object) =>
      matchesLabels(object.metadata.labels, options.labels),
    );
    for (const object of present) {
      if (signal.aborted) return;
      yield { type: 'ADDED', object: object as T };
    }
  }
  while (!signal.aborted) {
    if (seen < table.forgottenUpTo(kind))
      throw new StoreError('Expired', `too old resource version: ${seen} (${table.forgottenUpTo(kind)})`);
    const now = table.revision();
    const changes = table.changesAfter(kind, seen, batch);
    for (const change of changes) {
      seen = change.revision;
      const event = eventFor<T>(change, options);
      if (event !== undefined) yield event;
      if (signal.aborted) return;
    }
    if (changes.length === batch) continue;
    seen = Math.max(seen, now);
    if (announced < 0 || seen - announced >= batch) {
      announced = seen;
      yield { type: 'BOOKMARK', resourceVersion: String(seen) };
      // The consumer may have taken its time: look again before waiting.
      continue;
    }
    if (table.revision() > now) continue;
    await wakened(waiting, signal);
  }
}
