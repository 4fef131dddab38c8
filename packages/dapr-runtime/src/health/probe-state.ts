/** What probes have told of an app so far. */
export interface ProbeState {
  isHealthy: boolean;
  /** In a row. */
  failures: number;
}

/** Before the first probe that succeeds, an app counts as not healthy. */
export const unproven: ProbeState = { isHealthy: false, failures: 0 };

/** One success is enough to be healthy; not to be takes as many failures in a row as the threshold. */
export function afterProbe({ isHealthy, failures }: ProbeState, isSuccess: boolean, threshold: number): ProbeState {
  if (isSuccess) return { isHealthy: true, failures: 0 };
  return { isHealthy: isHealthy && failures + 1 < threshold, failures: failures + 1 };
}
