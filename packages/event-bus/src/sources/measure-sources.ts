import type { ReportSourcesRequest, ReportSourcesResponse, SourceLoad } from '@openfunction/protocol';
import type { Clock } from '@openfunction/reconcile';
import { keyOf, keyText } from '@openfunction/resources';
import type { ConnectedApps } from '../connected-apps.ts';
import { forever, pause } from '../forever.ts';
import { sourceMeter, type SourceMeter } from './source-meter.ts';

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

export interface Scalers {
  /** Rejects when the trigger cannot be meant. */
  open(
    trigger: { type: string; name?: string; metadata: Readonly<Record<string, string>>; authenticationRef?: unknown },
    environment: Readonly<Record<string, string>>,
  ): Promise<TriggerScaler>;
}

export interface MeasureOptions {
  apps: ConnectedApps;
  pool: SourceReports;
  scalers: Scalers;
  clock: Clock;
  signal: AbortSignal;
  onError(error: unknown): void;
}

/** Of what was due meanwhile, one report is made. */
const tickMs = 500;

/** Tells pod-pool what waits at the sources of each app, as often as each app says. */
export async function measureSources(options: MeasureOptions): Promise<void> {
  const { apps, pool, clock, signal } = options;
  const meters = new Map<string, SourceMeter>();
  await forever(async () => {
    // Whoever listens now knows nothing yet.
    for (const meter of meters.values()) meter.forget();
    for await (const taken of pool.reportSources(reports(), signal)) void taken;
  }, options);
  await Promise.all([...meters.values()].map((meter) => meter.close()));

  async function* reports(): AsyncIterable<ReportSourcesRequest> {
    while (!signal.aborted) {
      const servings = await measured();
      if (servings.length > 0) yield { servings };
      await pause(clock, tickMs, signal);
    }
  }

  async function measured(): Promise<SourceLoad[]> {
    const present = new Map([...apps.all()].filter(({ app }) => app.delivers).map((app) => [keyText(keyOf(app.serving)), app]));
    const gone = [...meters].filter(([id, { of }]) => present.get(id) !== of);
    for (const [id, meter] of gone) {
      meters.delete(id);
      await meter.close();
    }
    for (const [id, app] of present) if (!meters.has(id)) meters.set(id, sourceMeter(app, options));
    const loads = await Promise.all([...meters].map(async ([serving, meter]) => ({ serving, metrics: await meter.due() })));
    return [
      ...gone.filter(([id]) => !meters.has(id)).map(([serving]) => ({ serving, metrics: [] })),
      ...loads.flatMap(({ serving, metrics }) => (metrics === undefined ? [] : [{ serving, metrics }])),
    ];
  }
}
