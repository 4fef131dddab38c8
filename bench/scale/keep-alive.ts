import { idleHistogram, isWarmAt } from '@openfunction/pod-pool';
import type { TracedFunction } from './trace.ts';

export interface Outcome {
  coldStarts: number;
  timerColdStarts: number;
  /** Seconds that instances lie in memory without a request. */
  idleSeconds: number;
}

/** Whether the instance is there after a rest, and for how much of the rest it was. */
type Policy = () => { rest(seconds: number): { isWarm: boolean; idleSeconds: number } };

/** It stays for so long after its last request, whatever the function. */
export function fixed(keepSeconds: number): Policy {
  return () => ({ rest: (seconds) => ({ isWarm: seconds < keepSeconds, idleSeconds: Math.min(seconds, keepSeconds) }) });
}

/** By the function's own rests, and as `fixed` while they say nothing. Never less than the autoscaler's own window. */
export function histogram(leastSeconds: number, standardSeconds: number): Policy {
  return () => {
    const rests = idleHistogram();
    return {
      rest: (seconds) => {
        const window = rests.window();
        rests.rested(seconds * 1000);
        if (window === undefined) return fixed(standardSeconds)().rest(seconds);
        const [from, until] = [window.fromMs / 1000, Math.max(leastSeconds, window.untilMs / 1000)];
        const atFirst = Math.min(seconds, from > leastSeconds ? leastSeconds : 0);
        const later = Math.max(0, Math.min(seconds, until) - (from > leastSeconds ? from : 0));
        return { isWarm: seconds < leastSeconds || isWarmAt(window, seconds * 1000), idleSeconds: atFirst + later };
      },
    };
  };
}

/** What a policy does with a trace; a request takes no time. */
export function simulate(functions: readonly TracedFunction[], seconds: number, policy: Policy): Outcome {
  const outcome: Outcome = { coldStarts: 0, timerColdStarts: 0, idleSeconds: 0 };
  for (const { calls, isTimer } of functions) {
    const state = policy();
    let last: number | undefined;
    for (const at of calls) {
      const rested = last === undefined ? { isWarm: false, idleSeconds: 0 } : state.rest(at - last);
      if (!rested.isWarm) {
        outcome.coldStarts += 1;
        if (isTimer) outcome.timerColdStarts += 1;
      }
      outcome.idleSeconds += rested.idleSeconds;
      last = at;
    }
    if (last !== undefined) outcome.idleSeconds += state.rest(seconds - last).idleSeconds;
  }
  return outcome;
}
