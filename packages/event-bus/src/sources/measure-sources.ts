import type { ReportSourcesRequest, ReportSourcesResponse } from '@openfunction/protocol';
import { keyOf, keyText } from '@openfunction/resources';
import type { ConnectedApps } from '../connected-apps.ts';
import { forever, pause } from '@openfunction/reconcile';
import { pendingReports } from './pending-reports.ts';
import { sourceMeter, type MeterOptions, type SourceMeter } from './source-meter.ts';

/** What the event bus needs of pool.v1. */
export interface SourceReports {
  reportSources(requests: AsyncIterable<ReportSourcesRequest>, signal: AbortSignal): AsyncIterable<ReportSourcesResponse>;
}

/** One trigger of KEDA as a number to scale on. */
export interface TriggerScaler {
  name: string;
  /** What one instance is to have (AverageValue), or all of them together (Value). */
  target: number;
  metricType: 'AverageValue' | 'Value';
  read(signal: AbortSignal): Promise<{ value: number; isActive: boolean }>;
  close(): Promise<void>;
}

/** A trigger as the function's manifest declares it. */
export interface Trigger {
  type: string;
  name?: string;
  metadata: Readonly<Record<string, string>>;
  metricType?: string;
  authenticationRef?: unknown;
  useCachedMetrics?: boolean;
}

export interface Scalers {
  /** Rejects when the trigger cannot be meant. A server that is away makes readings fail, and not this. */
  open(trigger: Trigger, environment: Readonly<Record<string, string>>): Promise<TriggerScaler>;
}

export interface MeasureOptions extends Omit<MeterOptions, 'onMeasured'> {
  apps: Pick<ConnectedApps, 'all'>;
  pool: SourceReports;
}

const lookMs = 500;

/** Tells pod-pool what waits at the sources of each app, as soon as it is measured. */
export async function measureSources(options: MeasureOptions): Promise<void> {
  const { apps, pool, clock, signal, onError } = options;
  const meters = new Map<string, SourceMeter>();
  const reports = pendingReports();
  await Promise.all([forever(report, options), follow()]);

  async function report(): Promise<void> {
    for await (const { servings } of pool.reportSources(reports.read(signal), signal))
      for (const { serving, ready } of servings) meters.get(serving)?.runs(ready);
  }

  async function follow(): Promise<void> {
    while (!signal.aborted) {
      look();
      await pause(clock, lookMs, signal);
    }
    await Promise.all([...meters.values()].map((meter) => meter.close()));
  }

  function look(): void {
    const present = new Map([...apps.all()].map((app) => [keyText(keyOf(app.serving)), app]));
    for (const [id, meter] of meters) {
      const app = present.get(id);
      if (app === meter.of && app.app.delivers) meter.settle();
      else {
        meters.delete(id);
        meter.close().catch(onError);
        // Where it is only brought by another replica, that one measures.
        if (app === undefined) reports.remove(id);
        else reports.leave(id);
      }
    }
    for (const [id, app] of present) if (app.app.delivers && !meters.has(id)) meters.set(id, begun(id, app));
  }

  function begun(id: string, app: SourceMeter['of']): SourceMeter {
    const meter: SourceMeter = sourceMeter(app, {
      ...options,
      // One that is being closed may still end a reading.
      onMeasured: (metrics) => meters.get(id) === meter && reports.set(id, metrics),
    });
    return meter;
  }
}
