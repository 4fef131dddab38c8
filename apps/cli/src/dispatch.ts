import type { CommandContext } from './command.ts';
import { commands } from './commands.ts';
import { UsageError } from './usage-error.ts';

/** Runs the command that the arguments name; answers the exit code. */
export async function dispatch(args: readonly string[], context: CommandContext): Promise<number> {
  const [name = '--help', ...rest] = args;
  if (name === '--help' || name === '-h' || name === 'help') {
    context.stdout.write(help());
    return 0;
  }
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (entry === undefined) {
    context.stderr.write(`error: there is no command "${name}". Run "ofn --help" for those that there are.\n`);
    return 2;
  }
  const { command } = await entry.load();
  const beforeRest = rest.includes('--') ? rest.slice(0, rest.indexOf('--')) : rest;
  if (beforeRest.includes('--help') || beforeRest.includes('-h')) {
    context.stdout.write(command.usage);
    return 0;
  }
  try {
    return await command.run(rest, context);
  } catch (error) {
    if (context.signal.aborted && isAbort(error)) return 130;
    context.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
    if (!isUsage(error)) return 1;
    context.stderr.write(`Run "ofn ${name} --help" for its usage.\n`);
    return 2;
  }
}

function help(): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length));
  const lines = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`);
  return `OpenFunction: functions on this machine and on Kubernetes.

Usage: ofn COMMAND [options]

${lines.join('\n')}

Run "ofn COMMAND --help" for the options of a command.
`;
}

function isUsage(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return error instanceof UsageError || code.startsWith('ERR_PARSE_ARGS_');
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}
