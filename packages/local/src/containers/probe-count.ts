import type { Probe } from './probes.ts';

/** What the answers to a probe so far amount to. */
export interface ProbeCount {
  holds: boolean;
  /** Equal answers up to now. */
  inARow: number;
  last?: boolean;
}

/** It changes what holds only when enough equal answers came in a row. */
export function counted(
  count: ProbeCount,
  isGood: boolean,
  { successThreshold, failureThreshold }: Pick<Probe, 'successThreshold' | 'failureThreshold'>,
): ProbeCount {
  const inARow = count.last === isGood ? count.inARow + 1 : 1;
  const isEnough = inARow >= (isGood ? successThreshold : failureThreshold);
  return { holds: isEnough ? isGood : count.holds, inARow, last: isGood };
}
