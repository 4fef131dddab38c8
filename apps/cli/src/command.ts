import type { Readable, Writable } from 'node:stream';

/** What a command has of the world around it. */
export interface CommandContext {
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  stdin: Readable;
  /** Data, and nothing else. */
  stdout: Writable;
  /** Talk: progress, warnings, errors. */
  stderr: Writable;
  /** Aborted by Ctrl-C and by SIGTERM. A command that heeds it ends by itself; a second Ctrl-C ends the process. */
  signal: AbortSignal;
}

/** A file of `commands/` exports one, as `command`. */
export interface Command {
  /** The whole text of `ofn NAME --help`. */
  usage: string;
  /** Answers the exit code: 0 done, 1 failed, 2 used wrongly. What is thrown is printed, and ends with 1. */
  run(args: readonly string[], context: CommandContext): Promise<number>;
}
