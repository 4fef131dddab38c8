/** Tells when a Workload is to be applied again although nothing new is wanted, since others may have changed or removed it. */
export interface Drift {
  applied(now: number): void;
  /** `isAsAsked`: there are as many instances as were asked for. */
  isDue(isAsAsked: boolean, now: number): boolean;
}

/** What shows in the number of instances is put right soon, longer each time in vain; the rest some time. */
const firstMs = 5_000;
const longestMs = 60_000;
const repairMs = 600_000;

export function drift(): Drift {
  let appliedAt = 0;
  let unlikeSince: number | undefined;
  let patienceMs = firstMs;
  return {
    applied: (now) => {
      appliedAt = now;
      unlikeSince = undefined;
    },
    isDue: (isAsAsked, now) => {
      if (isAsAsked) {
        unlikeSince = undefined;
        patienceMs = firstMs;
        return now - appliedAt >= repairMs;
      }
      unlikeSince ??= now;
      if (now - unlikeSince < patienceMs) return false;
      patienceMs = Math.min(longestMs, 2 * patienceMs);
      return true;
    },
  };
}
