import { CommandError } from './command-error.ts';
import type { CommandContext } from './command.ts';
import { exitCodeOf, exitCodes } from './exit-codes.ts';
import { nearest } from './nearest.ts';
import { UsageError } from './usage-error.ts';

/** What a user can do about an error, where its own message cannot know: it does not know of `ofn`. */
const hints: Record<string, string> = {
  NotFound: '"ofn get -A" lists the functions of every namespace.',
  Unauthorized: 'Log in to the cluster again, or take the kubeconfig that "ofn up" wrote.',
  Forbidden: '"kubectl auth can-i --list" says what you may do there.',
  Conflict: 'Someone changed it at the same time: run the command again.',
  Unreachable: 'Start OpenFunction here with "ofn up", or name another platform with --kubeconfig; -v says which one is meant.',
  Unavailable: 'Try again in a moment. "ofn doctor" looks at a platform of this machine, "ofn doctor --cluster" at a cluster.',
  BadKubeconfig: 'Name another one with --kubeconfig; -v says which one is read.',
};

const fileProblems: Record<string, string> = {
  ENOENT: 'it does not exist',
  EACCES: 'you may not read it',
  EISDIR: 'it is a folder',
};

/** Prints what ended a command, as an error with its code, its message and what to do; answers the exit code. */
export function reportError(error: unknown, { name, usage, context }: { name: string; usage: string; context: CommandContext }): number {
  if (context.signal.aborted && error instanceof Error && error.name === 'AbortError') return exitCodes.interrupted;
  const known = understood(error, name, usage);
  const code = codeOf(known);
  context.stderr.write(`error${code === undefined ? '' : ` (${code})`}: ${messageOf(known)}\n`);
  const hint = hintFor(known, name);
  if (hint !== undefined) context.stderr.write(`hint: ${hint}\n`);
  if (context.env['OFN_DEBUG'] && error instanceof Error) context.stderr.write(`${error.stack}\n`);
  return exitCodeOf(known);
}

/** What Node says of options and files, in our words. */
function understood(error: unknown, name: string, usage: string): unknown {
  if (!(error instanceof Error)) return error;
  const { code, path } = error as NodeJS.ErrnoException;
  if (path !== undefined && code !== undefined && Object.hasOwn(fileProblems, code))
    return new Error(`${path} cannot be read: ${fileProblems[code]}.`, { cause: error });
  if (code?.startsWith('ERR_PARSE_ARGS_') !== true) return error;
  const option = /^Unknown option '(-[^']*)'/.exec(error.message)?.[1];
  if (option === undefined) return new UsageError(error.message.replaceAll(/[.\s]*\n\s*/g, '. '));
  const near = nearest(
    option,
    [...usage.matchAll(/(?<=\s)--[\w-]+/g)].map(([long]) => long),
  );
  return new UsageError(`ofn ${name} has no option "${option}".${near === undefined ? '' : ` Did you mean "${near}"?`}`);
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** The message, and one line for each field that the API refused. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const causes = 'causes' in error && Array.isArray(error.causes) ? (error.causes as { field: string; message: string }[]) : [];
  const lines = causes.filter(({ message }) => !error.message.includes(message)).map(({ field, message }) => `\n  ${field}: ${message}`);
  return `${error.message}${lines.join('')}`;
}

function hintFor(error: unknown, name: string): string | undefined {
  if (error instanceof UsageError) return `Run "ofn ${name} --help" for its usage.`;
  if (error instanceof CommandError) return error.hint;
  const code = codeOf(error);
  if (code !== undefined) return Object.hasOwn(hints, code) ? hints[code] : undefined;
  const isFault = error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError;
  return isFault ? 'This is a fault of ofn. Run it again with OFN_DEBUG=1, and report what it prints.' : undefined;
}
