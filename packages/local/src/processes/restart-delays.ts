import { keyText, type Key } from '@openfunction/resources';

const firstMs = 250;
const longestMs = 30_000;

/** Delays new instances of a Workload whose instances fail: what fails at once would otherwise be started again without end. */
export interface RestartDelays {
  failed(key: Key): void;
  /** An instance of it became ready, or it was removed. */
  forget(key: Key): void;
  /** True when it may start now; otherwise `retry` is called when it may. */
  mayStart(key: Key, retry: () => void): boolean;
  close(): void;
}

export function restartDelays(): RestartDelays {
  const failures = new Map<string, number>();
  const timers = new Map<string, NodeJS.Timeout>();
  /** Waited for, so that one more start may be tried. */
  const granted = new Set<string>();
  return {
    failed: (key) => void failures.set(keyText(key), (failures.get(keyText(key)) ?? 0) + 1),
    forget: (key) => void failures.delete(keyText(key)),
    mayStart: (key, retry) => {
      const name = keyText(key);
      const count = failures.get(name) ?? 0;
      if (count === 0 || granted.delete(name)) return true;
      if (timers.has(name)) return false;
      const wait = Math.min(longestMs, firstMs * 2 ** (count - 1));
      const timer = setTimeout(() => {
        timers.delete(name);
        granted.add(name);
        retry();
      }, wait);
      timers.set(name, timer.unref());
      return false;
    },
    close: () => {
      for (const timer of timers.values()) clearTimeout(timer);
    },
  };
}
