import type { Condition } from './object.ts';

/** Replaces the condition of that type; the transition time moves only when the status changes. */
export function setCondition(conditions: readonly Condition[], next: Omit<Condition, 'lastTransitionTime'>, now: string): Condition[] {
  const old = conditions.find((item) => item.type === next.type);
  const since = old?.status === next.status ? old.lastTransitionTime : now;
  const changed = { ...next, lastTransitionTime: since };
  return old ? conditions.map((item) => (item === old ? changed : item)) : [...conditions, changed];
}
