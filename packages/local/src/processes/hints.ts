import { keyText, type Key } from '@openfunction/resources';

/** Tells watchers which Workload changed; what comes faster than it is read is told once. */
export interface Hints {
  give(key: Key): void;
  watch(signal: AbortSignal): AsyncGenerator<Key>;
}

export function hints(): Hints {
  const listeners = new Set<(key: Key) => void>();

  async function* watch(signal: AbortSignal): AsyncGenerator<Key> {
    const pending = new Map<string, Key>();
    let wake = (): void => {};
    const listener = (key: Key): void => {
      pending.set(keyText(key), key);
      wake();
    };
    const stop = (): void => wake();
    listeners.add(listener);
    signal.addEventListener('abort', stop);
    try {
      while (!signal.aborted) {
        const [first] = pending;
        if (first !== undefined) {
          pending.delete(first[0]);
          yield first[1];
          continue;
        }
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    } finally {
      listeners.delete(listener);
      signal.removeEventListener('abort', stop);
    }
  }
  return {
    give: (key) => {
      for (const listener of listeners) listener(key);
    },
    watch,
  };
}
