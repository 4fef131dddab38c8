/** What a process has used by now. */
export interface Usage {
  /** Of V8's heap, dead objects included. */
  heapBytes: number;
  /** Of the process, since it started. */
  cpuMs: number;
}

export interface IdleCollector {
  /** To be called once in each interval. Collects when the process does nothing and would keep much garbage. */
  beat(): void;
}

/** So many beats in a row without work: whoever writes objects one after the other is not interrupted. */
const quietBeats = 3;
const idleShare = 0.05;
/**
 * A collection stops everything for 2 to 3 ms per MiB that lives, so little garbage is left where it is: more than fits among
 * the young objects, which a few requests a second fill and V8 collects by itself.
 */
const worthBytes = 8 * 2 ** 20;
const worthShare = 0.2;

/**
 * Gives back what the work before left behind. V8 collects when objects are made, so that an idle process keeps its garbage:
 * its own timer comes after minutes.
 */
export function collectWhenIdle(options: { intervalMs: number; usage: () => Usage; collect: () => void }): IdleCollector {
  let keptBytes = 0;
  let cpuMs = 0;
  let quiet = 0;
  return {
    beat() {
      const now = options.usage();
      const isQuiet = now.cpuMs - cpuMs <= idleShare * options.intervalMs;
      cpuMs = now.cpuMs;
      quiet = isQuiet ? quiet + 1 : 0;
      // V8 may have collected by itself meanwhile.
      keptBytes = Math.min(keptBytes, now.heapBytes);
      if (quiet < quietBeats || now.heapBytes - keptBytes < Math.max(worthBytes, worthShare * keptBytes)) return;
      options.collect();
      const after = options.usage();
      keptBytes = after.heapBytes;
      cpuMs = after.cpuMs;
      quiet = 0;
    },
  };
}
