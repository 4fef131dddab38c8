import type { Clock } from '@openfunction/reconcile';
import type { ComponentEvent } from '../component-context.ts';

/** One KEDA trigger as a number to scale on. */
export interface Scaler {
  /** What waits now. Rejects with ComponentError when the source cannot be asked, and with the signal's reason when that aborts. */
  read(signal: AbortSignal): Promise<ScalerReading>;
  close(): Promise<void>;
}

export interface ScalerReading {
  /** In the unit of `target`, already limited as KEDA limits it (Kafka: to the partitions, unless allowIdleConsumers). */
  value: number;
  /** Above the activation threshold. */
  isActive: boolean;
}

export interface OpenedScaler extends Scaler {
  /** The trigger's own name, or the one that KEDA gives its metric. */
  name: string;
  /** What one instance is to have (AverageValue), or the whole (Value). Above zero. */
  target: number;
  metricType: MetricType;
}

export type MetricType = 'AverageValue' | 'Value';

/** A trigger as it stands in `scaleOptions.keda.triggers`. */
export interface TriggerDocument {
  type: string;
  name?: string;
  metadata: Readonly<Record<string, string>>;
  metricType?: string;
  authenticationRef?: unknown;
  useCachedMetrics?: boolean;
}

export interface ScalerContext {
  clock: Clock;
  /** From 0 up to 1, for back-off. */
  random(): number;
  /** Of the function's container, for metadata such as `passwordFromEnv`. */
  environment: Readonly<Record<string, string | undefined>>;
  report(event: ComponentEvent): void;
  signal?: AbortSignal;
}
