import {
  RpcError,
  type ReportSourcesRequest,
  type ReportSourcesResponse,
  type SourceLoad,
  type SourceMetric,
} from '@openfunction/protocol';
import { outbox } from '../gateways/outbox.ts';
import type { ServingWorld } from '../serving/world.ts';
import type { Timers } from '../timers.ts';
import type { SourceReport } from './decide-sources.ts';

/** What was reported of the sources of Servings, the newest of each. */
export interface SourceReports {
  /** Takes what is reported on one stream, and says so. */
  follow(requests: AsyncIterable<ReportSourcesRequest>, signal: AbortSignal): AsyncIterable<ReportSourcesResponse>;
  /** Undefined when nothing was, or so long ago that it says nothing of now. */
  of(world: ServingWorld): SourceReport | undefined;
  clear(): void;
}

export interface SourceReportsOptions {
  worlds: ReadonlyMap<string, ServingWorld>;
  timers: Timers;
  onReport: (world: ServingWorld) => void;
}

/** What nobody asked about for so long is of no Serving that there is. */
const forgottenMs = 3_600_000;

export function sourceReports({ worlds, timers, onReport }: SourceReportsOptions): SourceReports {
  const newest = new Map<string, SourceReport & { at: number }>();

  function forget(): void {
    for (const [id, { at }] of newest) if (!worlds.has(id) && timers.now() - at > forgottenMs) newest.delete(id);
  }

  /** Of one that is too new to be known here it is kept until it is. */
  function take({ serving, metrics }: SourceLoad): void {
    const world = worlds.get(serving);
    if (metrics.length === 0) newest.delete(serving);
    else newest.set(serving, { metrics: metrics.map(sound), ready: world?.replicas.size ?? 0, at: timers.now() });
    if (world !== undefined) onReport(world);
  }

  return {
    of: (world) => {
      const report = newest.get(world.id);
      return report === undefined || timers.now() - report.at > world.sourceLimits.holdMs ? undefined : report;
    },
    clear: () => newest.clear(),
    follow: async function* (requests, signal) {
      const own = outbox<ReportSourcesResponse>();
      const over = new AbortController();
      const read = async (): Promise<void> => {
        for await (const { servings } of requests) {
          if (signal.aborted) return;
          forget();
          for (const load of servings) take(load);
          own.push({});
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
      yield* own.read(AbortSignal.any([signal, over.signal]));
    },
  };
}

/** What is no number that can be divided is as good as not measured. */
function sound(metric: SourceMetric): SourceMetric {
  const isSound = Number.isFinite(metric.value) && metric.value >= 0 && Number.isFinite(metric.target) && metric.target > 0;
  return isSound ? metric : { ...metric, value: 0, target: 1, isActive: false, failures: Math.max(1, metric.failures) };
}
