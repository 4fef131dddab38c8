import { decideKpa, type KpaInput, type KpaState } from './kpa.ts';
import type { ScaleLimits } from './limits.ts';

export interface ScaleState {
  kpa: KpaState;
  /** Since when it is decided that the last one may go. */
  inactiveSince?: number;
}

export interface ScaleInput extends KpaInput {
  limits: ScaleLimits;
  /** Fewest instances now. */
  min: number;
  /** Instances that its sources ask for; 0 when they ask for none, or nothing is known of them. */
  sources?: number;
  /** Nothing is known of the load yet: what there is stays. */
  isBlind: boolean;
  lastRequestAt: number;
  /** Since when there are instances without a break. */
  activeSince: number;
  /** Before then nothing is scaled down: who just began has not seen a full window. */
  keepUntil: number;
  before: ScaleState & { desired: number };
}

export interface ScaleDecision {
  desired: number;
  excessBurst: number;
  state: ScaleState;
}

/** How many instances there should be, by what they carried, by what waits at the sources and by what the function allows. */
export function decideScale(input: ScaleInput): ScaleDecision {
  const { limits, before, now, ready, sources = 0 } = input;
  const kept = now < input.keepUntil ? ready : 0;
  if (input.isBlind) {
    const { desired } = before;
    return { desired: bounded(input, Math.max(desired, ready, sources)), excessBurst: 0, state: before };
  }
  const kpa = decideKpa(limits.kpa, input, before.kpa);
  const wanted = bounded(input, Math.max(kpa.desired, kept, sources));
  const { desired, ...rest } = wanted === 0 ? lastOne(input) : { desired: wanted };
  return { desired, excessBurst: kpa.excessBurst, state: { kpa: kpa.state, ...rest } };
}

function bounded({ min, limits: { max } }: ScaleInput, wanted: number): number {
  const desired = Math.max(min, wanted);
  return max === 0 ? desired : Math.min(desired, max);
}

/** The last instance goes when it was there for a whole window, and then was spared for as long as is asked for. */
function lastOne({ now, ready, limits, lastRequestAt, activeSince, before }: ScaleInput): Omit<ScaleState, 'kpa'> & { desired: number } {
  if (ready === 0) return { desired: 0 };
  if (now - activeSince < limits.kpa.stableWindowMs) return { desired: 1 };
  const { inactiveSince = now } = before;
  const isSpared = now - inactiveSince < Math.max(limits.zeroGraceMs, limits.podRetentionMs) || now - lastRequestAt < limits.idleMs;
  return { desired: isSpared ? 1 : 0, inactiveSince };
}
