import { CommandError } from './command-error.ts';

/** What `ofn` ends with. Stable: scripts rely on it, and `docs/cli.md` has the same list. */
export const exitCodes = {
  done: 0,
  failed: 1,
  /** The command line cannot be understood. */
  usage: 2,
  notFound: 3,
  /** The API refused the object or the caller. */
  refused: 4,
  buildFailed: 5,
  /** The function was not ready in time, or cannot be. */
  notReady: 6,
  unreachable: 7,
  /** The function answered with a status that is not 2xx. */
  callFailed: 8,
  interrupted: 130,
} as const;

const byClientCode: Record<string, number> = {
  NotFound: exitCodes.notFound,
  Invalid: exitCodes.refused,
  Forbidden: exitCodes.refused,
  Unauthorized: exitCodes.refused,
  BadManifest: exitCodes.refused,
  Unreachable: exitCodes.unreachable,
  Unavailable: exitCodes.unreachable,
};

/** The exit code of an error that ended a command. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommandError) return error.exitCode;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code.startsWith('ERR_PARSE_ARGS_') || (error instanceof Error && error.name === 'UsageError')) return exitCodes.usage;
  return byClientCode[code] ?? exitCodes.failed;
}
