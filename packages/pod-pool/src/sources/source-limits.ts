import { defaultMaxReplicas, scalingBehavior, type DirectedScaling, type Serving } from '@openfunction/resources';
import { kubernetesBehavior, type ScaleBehavior, type ScalingRules } from './behavior.ts';

/** What a Serving says of scaling on its sources, with what holds where it says nothing. */
export interface SourceLimits {
  /** Most instances that its sources can ask for. */
  max: number;
  /** How long the last instances stay after there was something to do. */
  cooldownMs: number;
  /** How long a report holds after which none came. */
  holdMs: number;
  behavior: ScaleBehavior;
  /** What holds while a source cannot be measured. */
  fallback?: { failureThreshold: number; replicas: number };
}

/** KEDA's own. */
const [pollingMs, cooldownMs] = [30_000, 300_000];
const leastHoldMs = 60_000;

/** `max` and `stableWindowMs` are those that hold for its requests. */
export function sourceLimits({ spec }: Serving, { max, stableWindowMs }: { max: number; stableWindowMs: number }): SourceLimits {
  const { scaledObject, triggers = [] } = spec.scaleOptions?.keda ?? {};
  const { pollingInterval, cooldownPeriod, fallback, advanced } = scaledObject ?? {};
  const isPolled = triggers.length > 0;
  return {
    max: max === 0 ? defaultMaxReplicas : max,
    cooldownMs: cooldownPeriod === undefined ? (isPolled ? cooldownMs : 0) : cooldownPeriod * 1000,
    holdMs: Math.max(leastHoldMs, 3 * (pollingInterval === undefined ? pollingMs : pollingInterval * 1000)),
    behavior: behaviorOf(scalingBehavior(advanced), isPolled ? kubernetesBehavior : ownBehavior(stableWindowMs)),
    ...(fallback === undefined ? {} : { fallback }),
  };
}

/** Where nobody named a trigger, nobody asked for a HorizontalPodAutoscaler: up at once, and down as with requests. */
function ownBehavior(windowMs: number): ScaleBehavior {
  const whole = { type: 'Pods', value: Infinity, periodMs: 1000 } as const;
  return { up: { windowMs: 0, select: 'Max', policies: [whole] }, down: { windowMs, select: 'Max', policies: [whole] } };
}

function behaviorOf({ scaleUp, scaleDown }: ReturnType<typeof scalingBehavior>, usual: ScaleBehavior): ScaleBehavior {
  return { up: rulesOf(scaleUp, usual.up), down: rulesOf(scaleDown, usual.down) };
}

/** Field by field, as Kubernetes completes them. */
function rulesOf({ stabilizationWindowSeconds, selectPolicy, policies }: DirectedScaling, usual: ScalingRules): ScalingRules {
  return {
    windowMs: stabilizationWindowSeconds === undefined ? usual.windowMs : stabilizationWindowSeconds * 1000,
    select: selectPolicy ?? usual.select,
    policies: policies?.map(({ type, value, periodSeconds }) => ({ type, value, periodMs: periodSeconds * 1000 })) ?? usual.policies,
  };
}
