import { autoscalingSettings, mostConcurrency, requestLimits, type AutoscalingSettings, type Serving } from '@openfunction/resources';
import type { KpaSpec } from './kpa.ts';

/** What a Serving says of its scale, with what holds where it says nothing. */
export interface ScaleLimits {
  min: number;
  /** 0: no limit. */
  max: number;
  /** Instances that a version begins with. */
  initial: number;
  /** Requests that one instance takes at a time; the slots that are lent never exceed it. */
  concurrency: number;
  kpa: KpaSpec;
  /** Undefined: as long as the platform allows. */
  requestTimeoutMs: number | undefined;
  /** How long the last instance stays after it was decided that it may go. */
  zeroGraceMs: number;
  podRetentionMs: number;
  /** How long the last instance stays after the last request. */
  idleMs: number;
  keepAlive: 'fixed' | 'histogram';
}

/** What holds for every function that does not say otherwise: Knative's `config-autoscaler`. */
export interface AutoscalerDefaults {
  /** In flight at one instance, where neither the function nor its target says it. */
  concurrency: number;
  concurrencyTarget: number;
  rpsTarget: number;
  targetUtilizationPercentage: number;
  targetBurstCapacity: number;
  stableWindowMs: number;
  panicWindowPercentage: number;
  panicThresholdPercentage: number;
  maxScaleUpRate: number;
  maxScaleDownRate: number;
  initialScale: number;
  scaleDownDelayMs: number;
  /** Knative waits so long until its activator is in the path; here the gateway always is. */
  zeroGraceMs: number;
  podRetentionMs: number;
  keepAlive: 'fixed' | 'histogram';
}

export const autoscalerDefaults: AutoscalerDefaults = {
  concurrency: 100,
  concurrencyTarget: 100,
  rpsTarget: 200,
  targetUtilizationPercentage: 70,
  targetBurstCapacity: 211,
  stableWindowMs: 60_000,
  panicWindowPercentage: 10,
  panicThresholdPercentage: 200,
  maxScaleUpRate: 1000,
  maxScaleDownRate: 2,
  initialScale: 0,
  scaleDownDelayMs: 0,
  zeroGraceMs: 0,
  podRetentionMs: 0,
  keepAlive: 'fixed',
};

const leastTarget = 0.01;
const leastWindowMs = 6000;

/** Fields before annotations. */
export function scaleLimits({ spec, metadata }: Serving, defaults: AutoscalerDefaults = autoscalerDefaults): ScaleLimits {
  const said = autoscalingSettings({ serving: spec, annotations: metadata.annotations });
  const { scaleOptions } = spec;
  const http = scaleOptions?.keda?.httpScaledObject;
  const cooldown = http?.cooldownPeriod ?? scaleOptions?.keda?.scaledObject?.cooldownPeriod;
  const cooldownMs = cooldown === undefined ? undefined : cooldown * 1000;
  const max = scaleOptions?.maxReplicas ?? said.maxScale ?? 0;
  const initial = said.initialScale ?? defaults.initialScale;
  const { containerConcurrency: limit, requestTimeoutMs } = requestLimits({ serving: spec, annotations: metadata.annotations });
  const concurrency = limit === 0 ? mostConcurrency : limit;
  return {
    min: scaleOptions?.minReplicas ?? said.minScale ?? 0,
    max,
    initial: max === 0 ? initial : Math.min(initial, max),
    concurrency: concurrency ?? Math.min(mostConcurrency, Math.max(defaults.concurrency, Math.ceil(softTarget(said, http) ?? 0))),
    kpa: kpaSpec(said, { defaults, limit, pending: http?.targetPendingRequests, cooldownMs }),
    requestTimeoutMs,
    zeroGraceMs: defaults.zeroGraceMs,
    podRetentionMs: said.podRetentionMs ?? defaults.podRetentionMs,
    idleMs: cooldownMs ?? 0,
    keepAlive: said.keepAlive ?? defaults.keepAlive,
  };
}

function softTarget({ metric, target }: AutoscalingSettings, http: { targetPendingRequests?: number } | undefined): number | undefined {
  return metric === 'rps' ? undefined : (target ?? http?.targetPendingRequests);
}

interface KpaContext {
  defaults: AutoscalerDefaults;
  /** In flight at one instance, when the function says it; 0: as much as is sent. */
  limit: number | undefined;
  /** KEDA's words for a target and for the time without requests. */
  pending: number | undefined;
  cooldownMs: number | undefined;
}

function kpaSpec(said: AutoscalingSettings, { defaults, limit, pending, cooldownMs }: KpaContext): KpaSpec {
  const metric = said.metric ?? 'concurrency';
  const isLimited = metric === 'concurrency' && limit !== undefined && limit > 0;
  const wanted = said.target ?? (metric === 'concurrency' ? pending : undefined);
  const standard = metric === 'rps' ? defaults.rpsTarget : isLimited ? limit : defaults.concurrencyTarget;
  const total = isLimited ? Math.min(limit, wanted ?? limit) : (wanted ?? standard);
  // What KEDA is told is what an instance is to carry, and no part of it.
  const standardUtilization = said.target === undefined && pending !== undefined ? 100 : defaults.targetUtilizationPercentage;
  const stableWindowMs = said.windowMs ?? Math.max(leastWindowMs, Math.min(defaults.stableWindowMs, cooldownMs ?? defaults.stableWindowMs));
  return {
    metric,
    aggregation: said.aggregation ?? 'linear',
    total,
    target: Math.max(leastTarget, (total * (said.targetUtilizationPercentage ?? standardUtilization)) / 100),
    stableWindowMs,
    panicWindowMs: (stableWindowMs * (said.panicWindowPercentage ?? defaults.panicWindowPercentage)) / 100,
    panicThreshold: (said.panicThresholdPercentage ?? defaults.panicThresholdPercentage) / 100,
    maxScaleUpRate: defaults.maxScaleUpRate,
    maxScaleDownRate: defaults.maxScaleDownRate,
    activationScale: said.activationScale ?? 1,
    targetBurstCapacity: said.targetBurstCapacity ?? defaults.targetBurstCapacity,
    scaleDownDelayMs: said.scaleDownDelayMs ?? defaults.scaleDownDelayMs,
  };
}
