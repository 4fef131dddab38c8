import { UsageError } from './usage-error.ts';

const longestSeconds = 86_400;

/** What `--timeout` says: seconds, a day at most. */
export function millisecondsOf(timeout: string): number {
  const seconds = Number(timeout);
  if (seconds > 0 && seconds <= longestSeconds) return seconds * 1000;
  throw new UsageError(`--timeout takes seconds, ${longestSeconds} at most, not "${timeout}".`);
}
