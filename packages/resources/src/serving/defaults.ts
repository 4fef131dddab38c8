import { autoscalingSettings } from '../autoscaling/read.ts';
import { durationMs } from '../duration.ts';
import type { ServingTemplateSpec } from '../function/schema.ts';

export const defaultMaxReplicas = 10;
export const defaultPort = 8080;

/** How something is served; `annotations` are those of its object, with what holds where it says nothing. Read, never stored. */
export function servingDefaults(
  serving: ServingTemplateSpec,
  annotations?: Readonly<Record<string, string>>,
): {
  /** Whether it answers HTTP: it says so, or names no other trigger. */
  isHttp: boolean;
  port: number;
  minReplicas: number;
  /** Instances that a version has before it counts as ready, whether somebody calls it or not. */
  firstReplicas: number;
  maxReplicas: number;
  /** Without it a version may take any time to become ready. */
  timeoutMs?: number;
} {
  const { http, dapr = [] } = serving.triggers ?? {};
  const said = autoscalingSettings({ serving, annotations });
  const { minReplicas = said.minScale ?? 0, maxReplicas = defaultMaxReplicas } = serving.scaleOptions ?? {};
  const timeoutMs = durationMs(serving.timeout ?? '0');
  return {
    isHttp: http !== undefined || dapr.length === 0,
    port: http?.port ?? defaultPort,
    minReplicas,
    firstReplicas: Math.max(minReplicas, said.initialScale ?? 0),
    maxReplicas,
    ...(timeoutMs ? { timeoutMs } : {}),
  };
}
