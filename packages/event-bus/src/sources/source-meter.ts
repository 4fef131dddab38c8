import type { SourceMetric } from '@openfunction/protocol';
import type { Clock } from '@openfunction/reconcile';
import type { ConnectedApp } from '../connected-apps.ts';
import type { Scalers, TriggerScaler } from './measure-sources.ts';

/** Measures the sources of one app. */
export interface SourceMeter {
  readonly of: ConnectedApp;
  /** All its metrics, when it is time to measure again and one is there; undefined otherwise. */
  due(): Promise<SourceMetric[] | undefined>;
  /** It is time. */
  forget(): void;
  close(): Promise<void>;
}

export interface MeterOptions {
  scalers: Scalers;
  clock: Clock;
  signal: AbortSignal;
  onError(error: unknown): void;
}

type Measure = (signal: AbortSignal) => Promise<Pick<SourceMetric, 'value' | 'isActive'>>;

interface Measured {
  metric: SourceMetric;
  measure: Measure;
}

/** KEDA's own. */
const defaultPollingMs = 30_000;
/** A backlog is asked for more often than that, since nobody has said how often. */
const backlogMs = 5_000;
const longestReadMs = 10_000;

export function sourceMeter(of: ConnectedApp, { scalers, clock, signal, onError }: MeterOptions): SourceMeter {
  const { scaledObject, triggers = [] } = of.serving.spec.scaleOptions?.keda ?? {};
  const intervalMs = triggers.length === 0 ? backlogMs : (scaledObject?.pollingInterval ?? defaultPollingMs / 1000) * 1000;
  const environment = Object.fromEntries(Object.entries(of.serving.spec.params ?? {}).map(([name, value]) => [name, String(value)]));
  const opened = new Map<number, TriggerScaler>();
  const known = new Map<string, SourceMetric>();
  let nextAt = 0;

  async function triggered(index: number): Promise<Measured[]> {
    const { type, name = `${type}-${index}`, metadata = {}, authenticationRef } = triggers[index] ?? { type: '' };
    const texts = Object.fromEntries(Object.entries(metadata).map(([key, value]) => [key, String(value)]));
    let scaler = opened.get(index);
    if (scaler === undefined) {
      scaler = await scalers.open(
        { type, name, metadata: texts, ...(authenticationRef === undefined ? {} : { authenticationRef }) },
        environment,
      );
      opened.set(index, scaler);
    }
    const { target, metricType } = scaler;
    const one = scaler;
    return [{ metric: metricOf(`${index}-${name}`, { target, isTotal: metricType === 'Value' }), measure: (until) => one.read(until) }];
  }

  function backlogs(): Measured[] {
    return of.opened.sources().flatMap(({ name, backlog }) => {
      if (backlog === undefined) return [];
      const measure: Measure = async (until) => {
        const value = await backlog(until);
        return { value, isActive: value > 0 };
      };
      return [{ metric: metricOf(name, { target: inFlightTarget(of), isTotal: false }), measure }];
    });
  }

  async function read({ metric, measure }: Measured): Promise<void> {
    const before = known.get(metric.name);
    try {
      const reading = await measure(AbortSignal.any([signal, AbortSignal.timeout(longestReadMs)]));
      known.set(metric.name, { ...metric, ...reading, failures: 0 });
    } catch (error) {
      if (signal.aborted) return;
      onError(error);
      known.set(metric.name, { ...metric, ...before, failures: (before?.failures ?? 0) + 1 });
    }
  }

  return {
    of,
    due: async () => {
      if (clock.now() < nextAt) return undefined;
      nextAt = clock.now() + intervalMs;
      const found = await Promise.all(triggers.map((_, index) => triggered(index).catch((error: unknown) => (onError(error), []))));
      await Promise.all((triggers.length === 0 ? backlogs() : found.flat()).map(read));
      return known.size === 0 ? undefined : [...known.values()];
    },
    forget: () => (nextAt = 0),
    close: async () => {
      await Promise.allSettled([...opened.values()].map((scaler) => scaler.close()));
    },
  };
}

function metricOf(name: string, { target, isTotal }: Pick<SourceMetric, 'target' | 'isTotal'>): SourceMetric {
  return { name, target, isTotal, value: 0, isActive: false, failures: 0 };
}

/** As many messages wait for one instance as it takes at one time. */
function inFlightTarget({ serving }: ConnectedApp): number {
  return serving.spec.containerConcurrency || 100;
}
