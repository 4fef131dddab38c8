import { durationMs } from '../duration.ts';
import type { ServingTemplateSpec } from '../function/schema.ts';

export const defaultMaxReplicas = 10;
export const defaultPort = 8080;

/** How something is served, with what holds where it says nothing. Read, never stored. */
export function servingDefaults(serving: ServingTemplateSpec): {
  /** Whether it answers HTTP: it says so, or names no other trigger. */
  isHttp: boolean;
  port: number;
  minReplicas: number;
  maxReplicas: number;
  /** Without it a version may take any time to become ready. */
  timeoutMs?: number;
} {
  const { http, dapr = [] } = serving.triggers ?? {};
  const { minReplicas = 0, maxReplicas = defaultMaxReplicas } = serving.scaleOptions ?? {};
  const timeoutMs = durationMs(serving.timeout ?? '0');
  return {
    isHttp: http !== undefined || dapr.length === 0,
    port: http?.port ?? defaultPort,
    minReplicas,
    maxReplicas,
    ...(timeoutMs ? { timeoutMs } : {}),
  };
}
