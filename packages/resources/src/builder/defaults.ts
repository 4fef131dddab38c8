import { durationMs } from '../duration.ts';
import type { BuildSpec } from '../function/schema.ts';

/** The limits of a build, with what holds where it says nothing. Read, never stored. */
export function buildDefaults(build: BuildSpec): {
  successfulBuildsHistoryLimit: number;
  failedBuildsHistoryLimit: number;
  /** Without it there is no limit. */
  timeoutMs?: number;
  /** Without it, for ever. */
  builderMaxAgeMs?: number;
} {
  const { successfulBuildsHistoryLimit = 0, failedBuildsHistoryLimit = 1 } = build;
  const timeoutMs = durationMs(build.timeout ?? '0');
  const builderMaxAgeMs = durationMs(build.builderMaxAge ?? '0');
  return {
    successfulBuildsHistoryLimit,
    failedBuildsHistoryLimit,
    ...(timeoutMs ? { timeoutMs } : {}),
    ...(builderMaxAgeMs ? { builderMaxAgeMs } : {}),
  };
}
