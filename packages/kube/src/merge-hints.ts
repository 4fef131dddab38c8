import { keyText, type Key, type KubeObject } from '@openfunction/resources';
import type { WatchEvent } from '@openfunction/store';

/** Keys of what changed in any of the watches; those that wait to be taken are told once. */
export async function* mergeHints<T extends KubeObject>(
  watches: ((signal: AbortSignal) => AsyncIterable<WatchEvent<T>>)[],
  keyFor: (object: T) => Key,
  signal: AbortSignal,
): AsyncGenerator<Key> {
  const waiting = new Map<string, Key>();
  const stop = new AbortController();
  const stopping = AbortSignal.any([signal, stop.signal]);
  let failure: unknown;
  let wake = (): void => undefined;
  stopping.addEventListener('abort', () => wake());

  async function read(watch: (signal: AbortSignal) => AsyncIterable<WatchEvent<T>>): Promise<void> {
    for await (const event of watch(stopping)) {
      if (event.type === 'BOOKMARK') continue;
      const key = keyFor(event.object);
      waiting.set(keyText(key), key);
      wake();
    }
  }
  for (const watch of watches) {
    read(watch).catch((error: unknown) => {
      failure = error;
      stop.abort();
    });
  }

  try {
    while (!stopping.aborted) {
      const [next] = waiting;
      if (next === undefined) {
        await new Promise<void>((resolve) => (wake = resolve));
        continue;
      }
      waiting.delete(next[0]);
      yield next[1];
    }
    if (failure !== undefined) throw failure;
  } finally {
    stop.abort();
  }
}
