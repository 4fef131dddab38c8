import type { CommandContext } from './command.ts';
import { commands } from './commands.ts';
import { exitCodeOf, exitCodes } from './exit-codes.ts';
import { nearest } from './nearest.ts';

/** Runs the command that the arguments name; answers the exit code. */
export async function dispatch(args: readonly string[], context: CommandContext): Promise<number> {
  const [name = '--help', ...rest] = args;
  if (name === '--help' || name === '-h' || name === 'help') {
    context.stdout.write(help());
    return exitCodes.done;
  }
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (entry === undefined) {
    const near = nearest(name, Object.keys(commands));
    const hint = near === undefined ? 'Run "ofn --help" for those that there are' : `Did you mean "${near}"?`;
    context.stderr.write(`error: there is no command "${name}". ${hint}${near === undefined ? '.' : ''}\n`);
    return exitCodes.usage;
  }
  const { command } = await entry.load();
  const beforeRest = rest.includes('--') ? rest.slice(0, rest.indexOf('--')) : rest;
  if (beforeRest.includes('--help') || beforeRest.includes('-h')) {
    context.stdout.write(command.usage);
    return exitCodes.done;
  }
  try {
    return await command.run(rest, context);
  } catch (error) {
    if (context.signal.aborted && isAbort(error)) return exitCodes.interrupted;
    context.stderr.write(`error: ${textOf(error)}\n`);
    const code = exitCodeOf(error);
    if (code === exitCodes.usage) context.stderr.write(`Run "ofn ${name} --help" for its usage.\n`);
    if (context.env['OFN_DEBUG'] === '1' && error instanceof Error) context.stderr.write(`${error.stack}\n`);
    return code;
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

/** The message, and one line for each field that the API refused. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const causes = 'causes' in error && Array.isArray(error.causes) ? (error.causes as { field: string; message: string }[]) : [];
  const lines = causes.filter(({ message }) => !error.message.includes(message)).map(({ field, message }) => `\n  ${field}: ${message}`);
  return `${error.message}${lines.join('')}`;
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}
