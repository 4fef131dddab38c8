/** How fast the count may change in one direction, as the HorizontalPodAutoscaler has it. */
export interface ScalingRules {
  /** Of what was recommended within it, the least that asks for a change holds. */
  windowMs: number;
  /** Of several policies the one that allows most, the one that allows least, or no change at all. */
  select: 'Max' | 'Min' | 'Disabled';
  policies: readonly ScalingPolicy[];
}

export interface ScalingPolicy {
  type: 'Pods' | 'Percent';
  value: number;
  periodMs: number;
}

export interface ScaleBehavior {
  up: ScalingRules;
  down: ScalingRules;
}

/** It was recommended from then until the next one. */
export interface Recommendation {
  from: number;
  value: number;
}

export interface ScaleChange {
  at: number;
  by: number;
}

/** What holds where a function says nothing: Kubernetes' own. */
export const kubernetesBehavior: ScaleBehavior = {
  up: {
    windowMs: 0,
    select: 'Max',
    policies: [
      { type: 'Pods', value: 4, periodMs: 15_000 },
      { type: 'Percent', value: 100, periodMs: 15_000 },
    ],
  },
  down: { windowMs: 300_000, select: 'Max', policies: [{ type: 'Percent', value: 100, periodMs: 15_000 }] },
};

/** With the newest one, and without those that no window reaches any more. */
export function recommended(
  before: readonly Recommendation[],
  { from, value }: Recommendation,
  { up, down }: ScaleBehavior,
): readonly Recommendation[] {
  const oldest = from - Math.max(up.windowMs, down.windowMs);
  const reached = before.filter((_, at) => (before[at + 1]?.from ?? from) > oldest);
  const kept = reached.length === before.length ? before : reached;
  return kept.at(-1)?.value === value ? kept : [...kept, { from, value }];
}

/** What all recommendations of the windows agree on: a change that some of them ask for less of is no larger than that. */
export function stabilized(
  recommendations: readonly Recommendation[],
  { current, now, behavior }: { current: number; now: number; behavior: ScaleBehavior },
): number {
  const within = (windowMs: number): number[] =>
    recommendations
      .filter((_, at) => at === recommendations.length - 1 || (recommendations[at + 1]?.from ?? now) > now - windowMs)
      .map(({ value }) => value);
  const least = within(behavior.up.windowMs).reduce((one, other) => Math.min(one, other), Infinity);
  const most = within(behavior.down.windowMs).reduce((one, other) => Math.max(one, other), 0);
  return Math.min(Math.max(current, least), most);
}

/** The wanted count, as near to it as the policies allow now. */
export function limited(
  wanted: number,
  { current, now, behavior, changes }: { current: number; now: number; behavior: ScaleBehavior; changes: readonly ScaleChange[] },
): number {
  if (wanted === current) return current;
  const { select, policies } = wanted > current ? behavior.up : behavior.down;
  if (select === 'Disabled') return current;
  const sign = wanted > current ? 1 : -1;
  const bounds = policies.map((policy) => boundOf(policy, { start: current - changedWithin(changes, now - policy.periodMs), sign }));
  const steps = bounds.map((bound) => Math.max(0, sign * (bound - current)));
  const step = select === 'Max' ? Math.max(...steps) : Math.min(...steps);
  return current + sign * Math.min(step, Math.abs(wanted - current));
}

/** Without those that no policy asks about any more. */
export function recentChanges(changes: readonly ScaleChange[], now: number, { up, down }: ScaleBehavior): readonly ScaleChange[] {
  const longest = [...up.policies, ...down.policies].reduce((most, { periodMs }) => Math.max(most, periodMs), 0);
  const kept = changes.filter(({ at }) => at > now - longest);
  return kept.length === changes.length ? changes : kept;
}

/** How far it may go from what there was when the period began. */
function boundOf({ type, value }: ScalingPolicy, { start, sign }: { start: number; sign: 1 | -1 }): number {
  if (type === 'Pods') return Math.max(0, start + sign * value);
  return sign > 0 ? Math.ceil(rounded(start * (1 + value / 100))) : Math.max(0, Math.floor(rounded(start * (1 - value / 100))));
}

function changedWithin(changes: readonly ScaleChange[], since: number): number {
  return changes.filter(({ at }) => at > since).reduce((sum, { by }) => sum + by, 0);
}

function rounded(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
