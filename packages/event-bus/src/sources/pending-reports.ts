import type { ReportSourcesRequest, SourceMetric } from '@openfunction/protocol';

/** What is to be reported: of many changes of one Serving the newest. */
export interface PendingReports {
  set(serving: string, metrics: readonly SourceMetric[]): void;
  /** It is measured no more, which is said once. */
  remove(serving: string): void;
  /** Somebody else measures it from now on, and nothing is said of it here. */
  leave(serving: string): void;
  /** Begins with all that is known, and ends when somebody else begins to read: whoever listens anew knows nothing. */
  read(signal: AbortSignal): AsyncGenerator<ReportSourcesRequest>;
}

export function pendingReports(): PendingReports {
  const known = new Map<string, readonly SourceMetric[]>();
  const pending = new Set<string>();
  let reader = 0;
  let wake = (): void => {};

  function change(serving: string): void {
    pending.add(serving);
    wake();
  }
  function taken(): ReportSourcesRequest {
    const servings = [...pending].map((serving) => ({ serving, metrics: [...(known.get(serving) ?? [])] }));
    pending.clear();
    return { servings };
  }

  return {
    set: (serving, metrics) => {
      known.set(serving, metrics);
      change(serving);
    },
    remove: (serving) => {
      if (known.delete(serving)) change(serving);
    },
    leave: (serving) => {
      known.delete(serving);
      pending.delete(serving);
    },
    read: async function* (signal) {
      const own = (reader += 1);
      wake();
      for (const serving of known.keys()) pending.add(serving);
      while (!signal.aborted && own === reader) {
        if (pending.size > 0) yield taken();
        else await woken(signal);
      }
    },
  };

  function woken(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const over = (): void => {
        signal.removeEventListener('abort', over);
        resolve();
      };
      wake = over;
      signal.addEventListener('abort', over, { once: true });
      if (signal.aborted) over();
    });
  }
}
