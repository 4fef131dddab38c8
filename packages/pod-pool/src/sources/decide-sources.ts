import type { SourceMetric } from '@openfunction/protocol';
import { limited, recentChanges, recommended, stabilized, type Recommendation, type ScaleChange } from './behavior.ts';
import type { SourceLimits } from './source-limits.ts';

/** What was measured at the sources of a Serving, all at one time. */
export interface SourceReport {
  metrics: readonly SourceMetric[];
  /** Instances that there were then. */
  ready: number;
}

export interface SourcesInput {
  now: number;
  ready: number;
  /** The newest; undefined: nothing is known of its sources, or not any more. */
  report: SourceReport | undefined;
  limits: SourceLimits;
  /** What the decision before left; undefined: there was none. */
  before: SourcesState | undefined;
}

export interface SourcesState {
  desired: number;
  /** When there was last something to do; undefined: that was never seen. */
  lastActiveAt?: number;
  recommendations: readonly Recommendation[];
  changes: readonly ScaleChange[];
}

/** A difference of so much is none, to the HorizontalPodAutoscaler. */
const tolerance = 0.1;

/**
 * How many instances the sources of a function ask for, as KEDA and a HorizontalPodAutoscaler decide it together: from nothing to
 * something when one of the sources is active, then by what waits for each instance, and to nothing when none was for a while.
 */
export function decideSources({ now, ready, report, limits, before }: SourcesInput): SourcesState {
  const found = Math.min(limits.max, ready);
  const current = before?.desired ?? found;
  const metrics = report?.metrics ?? [];
  const isActive = metrics.some((metric) => (isReplaced(metric, limits) ? (limits.fallback?.replicas ?? 0) > 0 : metric.isActive));
  const isUnsure = metrics.some((metric) => metric.failures > 0 && !isReplaced(metric, limits));
  // Who begins and finds instances does not know since when nothing is to do.
  const lastActiveAt = isActive || (before === undefined && ready > 0) ? now : before?.lastActiveAt;
  const active = lastActiveAt === undefined ? {} : { lastActiveAt };
  const isSpared = isUnsure || now - (lastActiveAt ?? -Infinity) < limits.cooldownMs;
  if (!isActive && (current === 0 || !isSpared)) return { desired: 0, ...active, recommendations: [], changes: [] };

  const { behavior } = limits;
  const counted = Math.max(1, current);
  const wanted = metrics.reduce((most, metric) => Math.max(most, wantedBy(metric, report?.ready ?? 0, limits)), 0);
  const value = Math.min(limits.max, isUnsure ? Math.max(wanted, counted) : wanted);
  const earlier = before?.recommendations ?? (found > 0 ? [{ from: now, value: found }] : []);
  const recommendations = recommended(earlier, { from: now, value }, behavior);
  const changes = recentChanges(before?.changes ?? [], now, behavior);
  const steady = Math.max(1, stabilized(recommendations, { current: counted, now, behavior }));
  const desired = Math.max(1, limited(steady, { current: counted, now, behavior, changes }));
  const by = desired - counted;
  return { desired, ...active, recommendations, changes: by === 0 ? changes : [...changes, { at: now, by }] };
}

/** It could not be measured so often that the function's own fallback holds for it. */
function isReplaced({ failures }: SourceMetric, { fallback }: SourceLimits): boolean {
  return fallback !== undefined && failures >= fallback.failureThreshold;
}

/** `ready` is of the time of the measurement: of what all have together, it would be counted twice after a change. */
function wantedBy(metric: SourceMetric, ready: number, limits: SourceLimits): number {
  if (isReplaced(metric, limits)) return limits.fallback?.replicas ?? 0;
  const share = metric.value / metric.target;
  const ratio = metric.isTotal ? share : share / ready;
  if (ready > 0 && Math.abs(1 - ratio) <= tolerance) return ready;
  const exact = metric.isTotal ? share * Math.max(1, ready) : share;
  // What divisions of fractions leave behind must not make an instance.
  return Math.ceil(Math.round(exact * 1e6) / 1e6);
}
