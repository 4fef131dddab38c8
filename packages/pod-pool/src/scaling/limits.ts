import { maxScaleAnnotation, minScaleAnnotation, targetAnnotation, windowAnnotation, type Serving } from '@openfunction/resources';
import { durationMs } from '../settings/duration.ts';

/** What a Serving says of its scale, with the defaults filled in. */
export interface ScaleLimits {
  min: number;
  /** 0: no limit. */
  max: number;
  /** Requests that one instance carries at a time; the slots that are lent never exceed it. */
  concurrency: number;
  stableWindowMs: number;
  /** With no request for so long, the last instance goes. */
  zeroGraceMs: number;
}

const defaultConcurrency = 100;
const defaultWindowMs = 60_000;
const defaultZeroGraceMs = 30_000;

/** `scaleOptions` before the annotations that it carries for Knative, and those before the Serving's own. */
export function scaleLimits({ spec }: Serving): ScaleLimits {
  const { scaleOptions } = spec;
  const said = (annotation: string): string | undefined => {
    const value = scaleOptions?.knative?.[annotation] ?? spec.annotations?.[annotation];
    return value === undefined ? undefined : String(value);
  };
  const http = scaleOptions?.keda?.httpScaledObject;
  const cooldown = http?.cooldownPeriod ?? scaleOptions?.keda?.scaledObject?.cooldownPeriod;
  return {
    min: scaleOptions?.minReplicas ?? countOf(said(minScaleAnnotation)) ?? 0,
    max: scaleOptions?.maxReplicas ?? countOf(said(maxScaleAnnotation)) ?? 0,
    concurrency: countOf(said(targetAnnotation)) || http?.targetPendingRequests || defaultConcurrency,
    stableWindowMs: Math.max(6000, Math.min(3_600_000, durationMs(said(windowAnnotation)) ?? defaultWindowMs)),
    zeroGraceMs: cooldown === undefined ? defaultZeroGraceMs : cooldown * 1000,
  };
}

function countOf(text: string | undefined): number | undefined {
  const count = Number(text);
  return text !== undefined && Number.isInteger(count) && count >= 0 ? count : undefined;
}
