/** What one source carried, on average over the time before `at`. */
export interface LoadReport {
  at: number;
  overMs: number;
  value: number;
}

/** How much all sources carried together, as means over windows of the past. */
export interface LoadWindow {
  add(source: string, report: LoadReport): void;
  /** The source is gone: it carries nothing more. */
  remove(source: string): void;
  /** Mean over the `ms` before `now`, or since the first report when that is shorter; one second at least. */
  mean(now: number, ms: number): number;
  /** As {@link LoadWindow.mean}, but later seconds count for more, and nearly all of the weight lies within `ms`. */
  weightedMean(now: number, ms: number): number;
  /** Nothing was reported within the longest window. */
  isEmpty(now: number): boolean;
  clear(): void;
}

const bucketMs = 1000;
/** A source that reports goes on as it was, until it says otherwise or for so long. */
const staleMs = 2000;
const longestReportMs = 10_000;
const weightWithin = 0.9999;
const leastWeight = 0.2;

interface Source {
  rate: number;
  until: number;
}

/**
 * Keeps one sum per second, as Knative does, so that at the end of a second a mean is Knative's. Between two of them the oldest
 * second counts in part, and what a source last reported goes on: a mean does not sag because a report is still on its way.
 */
export function loadWindow(longestMs: number): LoadWindow {
  /** Load times milliseconds, by second. */
  const buckets = new Map<number, number>();
  const sources = new Map<string, Source>();
  let since: number | undefined;
  let last = -Infinity;

  function forget(now: number): void {
    const oldest = Math.floor((now - longestMs) / bucketMs);
    for (const bucket of buckets.keys()) if (bucket < oldest) buckets.delete(bucket);
    for (const [name, source] of sources) if (source.until <= now - staleMs) sources.delete(name);
    if (last > now - longestMs) return;
    buckets.clear();
    since = undefined;
  }

  function spread(from: number, to: number, value: number): void {
    for (let at = from; at < to;) {
      const bucket = Math.floor(at / bucketMs);
      const end = Math.min(to, (bucket + 1) * bucketMs);
      buckets.set(bucket, (buckets.get(bucket) ?? 0) + value * (end - at));
      at = end;
    }
  }

  /** Of the last bucket only what lies before `now` was reported, so only its beginning can be cut off. */
  function stored(from: number, now: number): number {
    let sum = 0;
    for (const [bucket, area] of buckets) {
      const [start, end] = [bucket * bucketMs, (bucket + 1) * bucketMs];
      if (end <= from || start >= now) continue;
      sum += start >= from ? area : (area * (end - from)) / bucketMs;
    }
    return sum;
  }

  function ongoing(from: number, now: number): number {
    let sum = 0;
    for (const { rate, until } of sources.values()) if (until > now - staleMs) sum += rate * Math.max(0, now - Math.max(from, until));
    return sum;
  }

  function spanOf(now: number, ms: number): number {
    return Math.min(ms, Math.max(bucketMs, now - (since ?? now)));
  }

  return {
    add: (name, { at, overMs, value }) => {
      forget(at);
      const from = at - Math.min(overMs, longestReportMs);
      since = Math.min(since ?? from, from);
      last = Math.max(last, at);
      spread(from, at, value);
      sources.set(name, { rate: value, until: at });
    },
    remove: (name) => sources.delete(name),
    mean: (now, ms) => {
      forget(now);
      const span = spanOf(now, ms);
      return round((stored(now - span, now) + ongoing(now - span, now)) / span);
    },
    weightedMean: (now, ms) => {
      forget(now);
      const factor = Math.max(leastWeight, 1 - (1 - weightWithin) ** (bucketMs / ms));
      const seconds = Math.ceil(spanOf(now, ms) / bucketMs);
      let [sum, weight] = [0, factor];
      let newer = 0;
      for (let second = 1; second <= seconds; second += 1) {
        const from = now - second * bucketMs;
        const upToHere = stored(from, now) + ongoing(from, now);
        sum += ((upToHere - newer) / bucketMs) * weight;
        newer = upToHere;
        weight *= 1 - factor;
      }
      return round(sum);
    },
    isEmpty: (now) => {
      forget(now);
      return since === undefined;
    },
    clear: () => {
      buckets.clear();
      sources.clear();
      since = undefined;
    },
  };
}

/** As Knative does: what sums of fractions leave behind must not make an instance. */
function round(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
