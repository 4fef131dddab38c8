import {
  RpcError,
  type ReportSourcesRequest,
  type ReportSourcesResponse,
  type ServingInstances,
  type SourceLoad,
  type SourceMetric,
} from '@openfunction/protocol';
import { outbox, type Outbox } from '../gateways/outbox.ts';
import type { ServingWorld } from '../serving/world.ts';
import type { Timers } from '../timers.ts';
import type { SourceReport } from './decide-sources.ts';

/** What was reported of the sources of Servings, the newest of each. */
export interface SourceReports {
  /** Takes what is reported on one stream, and says so, with the instances of what is reported. */
  follow(requests: AsyncIterable<ReportSourcesRequest>, signal: AbortSignal): AsyncIterable<ReportSourcesResponse>;
  /** Undefined when nothing was, or so long ago that it says nothing of now. */
  of(world: ServingWorld): SourceReport | undefined;
  /** What is held now, by the `namespace/name` of its Serving. */
  all(): Iterable<readonly [serving: string, report: SourceReport]>;
  /** Something about its instances may have changed. */
  changed(world: ServingWorld): void;
  clear(): void;
}

/** What one stream named, with the count that was last said of it. */
interface Listener {
  named: Map<string, number | undefined>;
  outbox: Outbox<ReportSourcesResponse>;
}

export interface SourceReportsOptions {
  worlds: ReadonlyMap<string, ServingWorld>;
  timers: Timers;
  onReport: (world: ServingWorld) => void;
}

/** So long a report of a Serving that is not known waits for it. */
const unknownMs = 600_000;
const lookMs = 60_000;

export function sourceReports({ worlds, timers, onReport }: SourceReportsOptions): SourceReports {
  const newest = new Map<string, SourceReport & { at: number }>();
  const listeners = new Set<Listener>();
  let lookedAt = -Infinity;

  /** Of what it named: the counts that it does not know. */
  function news({ named }: Listener, ids: Iterable<string>): ServingInstances[] {
    return [...ids].flatMap((serving) => {
      const ready = worlds.get(serving)?.replicas.size;
      if (ready === undefined || !named.has(serving) || named.get(serving) === ready) return [];
      named.set(serving, ready);
      return [{ serving, ready }];
    });
  }

  /** What says nothing of now. */
  function forget(): void {
    const now = timers.now();
    if (now - lookedAt < lookMs) return;
    lookedAt = now;
    for (const [id, { at }] of newest) if (now - at > (worlds.get(id)?.sourceLimits.holdMs ?? unknownMs)) newest.delete(id);
  }

  /** Of one that is too new to be known here it is kept until it is. */
  function take({ serving, metrics }: SourceLoad): void {
    const world = worlds.get(serving);
    if (metrics.length === 0) {
      newest.delete(serving);
      // Its messages go elsewhere, or cannot come: nothing is to be kept for them.
      if (world !== undefined) world.sources = undefined;
    } else newest.set(serving, { metrics: metrics.map(sound), ready: world?.replicas.size ?? 0, at: timers.now() });
    if (world !== undefined) onReport(world);
  }

  return {
    of: (world) => {
      const report = newest.get(world.id);
      return report === undefined || timers.now() - report.at > world.sourceLimits.holdMs ? undefined : report;
    },
    all: () => newest,
    changed: ({ id }) => {
      for (const listener of listeners) {
        const servings = news(listener, [id]);
        if (servings.length > 0) listener.outbox.push({ servings });
      }
    },
    clear: () => newest.clear(),
    follow: async function* (requests, signal) {
      const own: Listener = { named: new Map(), outbox: outbox() };
      const over = new AbortController();
      const read = async (): Promise<void> => {
        for await (const { servings } of requests) {
          if (signal.aborted) return;
          forget();
          for (const { serving, metrics } of servings) {
            if (metrics.length === 0) own.named.delete(serving);
            else if (!own.named.has(serving)) own.named.set(serving, undefined);
          }
          for (const load of servings) take(load);
          const ids = servings.map(({ serving }) => serving);
          own.outbox.push({ servings: news(own, ids) });
        }
      };
      const reading = read().catch((error: unknown) => {
        // Whoever measures and goes is no failure: what was last said holds for a while.
        if (!(error instanceof RpcError) || error.code !== 'Canceled') throw error;
      });
      timers.background(
        'Reading what waits at sources',
        reading.finally(() => over.abort()),
      );
      listeners.add(own);
      try {
        yield* own.outbox.read(AbortSignal.any([signal, over.signal]));
      } finally {
        listeners.delete(own);
      }
    },
  };
}

/** What is no number that can be divided is as good as not measured. */
function sound(metric: SourceMetric): SourceMetric {
  const isSound = Number.isFinite(metric.value) && metric.value >= 0 && Number.isFinite(metric.target) && metric.target > 0;
  return isSound ? metric : { ...metric, value: 0, target: 1, isActive: false, failures: Math.max(1, metric.failures) };
}
