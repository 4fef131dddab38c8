import type { SourceMetric } from '@openfunction/protocol';

export interface RestInput {
  /** Of KEDA, that the function names. */
  triggers: number;
  /** Instances that serve; undefined: nobody has said. */
  ready: number | undefined;
  /** What is known of the triggers. */
  metrics: readonly Pick<SourceMetric, 'isActive' | 'failures'>[];
  /** Messages wait, and every trigger says that nothing does: brokers may not count what they have handed out. */
  isUnseen: boolean;
}

/**
 * Whether no message is to be brought: nothing runs, and none of the triggers counts what waits as work yet. A message would start
 * the function. What is not known keeps nothing away, and without triggers it is the first message that wakes.
 */
export function isResting({ triggers, ready, metrics, isUnseen }: RestInput): boolean {
  if (triggers === 0 || ready !== 0 || isUnseen) return false;
  return metrics.length === triggers && metrics.every(({ isActive, failures }) => !isActive && failures === 0);
}
