import type { SourceMetric } from '@openfunction/protocol';

export interface RestInput {
  /** Of KEDA, that the function names. */
  triggers: number;
  /** Instances that serve; undefined: nobody has said. */
  ready: number | undefined;
  /** What is known of the triggers. */
  metrics: readonly Pick<SourceMetric, 'isActive' | 'failures'>[];
}

/**
 * Whether no message is to be brought: nothing runs, and none of the triggers counts what waits as work yet. A message would start
 * the function. What cannot be measured keeps nothing away, and without triggers it is the first message that wakes.
 */
export function isResting({ triggers, ready, metrics }: RestInput): boolean {
  if (triggers === 0 || ready !== 0) return false;
  return metrics.length === triggers && metrics.every(({ isActive, failures }) => !isActive && failures === 0);
}
