import { keyText, type Key } from '@openfunction/resources';

/** Hints to several readers; what a reader has not taken yet is told once. */
export interface Hints {
  tell(key: Key): void;
  read(signal: AbortSignal): AsyncGenerator<Key>;
}

export function hints(): Hints {
  const readers = new Set<(key: Key) => void>();
  return {
    tell: (key) => {
      for (const tell of readers) tell(key);
    },
    read: (signal) => {
      const waiting = new Map<string, Key>();
      let wake = Promise.withResolvers<void>();
      const tell = (key: Key): void => {
        waiting.set(keyText(key), key);
        wake.resolve();
      };
      const stop = (): void => wake.resolve();
      // From the call on and not from the first step, so that nothing between the two is missed.
      readers.add(tell);
      signal.addEventListener('abort', stop, { once: true });
      return (async function* take(): AsyncGenerator<Key> {
        try {
          while (!signal.aborted) {
            const [next] = waiting;
            if (next === undefined) {
              await wake.promise;
              wake = Promise.withResolvers();
              continue;
            }
            waiting.delete(next[0]);
            yield next[1];
          }
        } finally {
          readers.delete(tell);
          signal.removeEventListener('abort', stop);
        }
      })();
    },
  };
}
