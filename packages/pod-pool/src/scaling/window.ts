/** How much was carried at one time, as means over windows of the past. */
export interface ConcurrencyWindow {
  add(now: number, concurrency: number): void;
  /** Mean over the last `ms`, or over the time since the first report when that is shorter. */
  mean(now: number, ms: number): number;
  isEmpty(now: number): boolean;
  clear(): void;
}

const bucketMs = 1000;

/** Keeps one sum per second, for as long as the longest window. */
export function concurrencyWindow(longestMs: number): ConcurrencyWindow {
  const buckets = new Map<number, number>();
  let since = 0;

  function forget(now: number): void {
    for (const bucket of buckets.keys()) {
      if ((bucket + 1) * bucketMs > now - longestMs) return;
      buckets.delete(bucket);
    }
  }

  return {
    add: (now, concurrency) => {
      forget(now);
      if (buckets.size === 0) since = now;
      const bucket = Math.floor(now / bucketMs);
      buckets.set(bucket, (buckets.get(bucket) ?? 0) + concurrency);
    },
    mean: (now, ms) => {
      const begun = Math.floor(now / bucketMs) - Math.floor(since / bucketMs) + 1;
      const span = Math.min(ms, begun * bucketMs);
      let sum = 0;
      for (const [bucket, value] of buckets) if ((bucket + 1) * bucketMs > now - span) sum += value;
      return (sum * bucketMs) / span;
    },
    isEmpty: (now) => {
      forget(now);
      return buckets.size === 0;
    },
    clear: () => buckets.clear(),
  };
}
