import type { CommandContext } from './command.ts';
import { commands } from './commands.ts';
import { exitCodes } from './exit-codes.ts';
import { nearest } from './nearest.ts';
import { reportError } from './report-error.ts';

/** Runs the command that the arguments name; answers the exit code. */
export async function dispatch(args: readonly string[], context: CommandContext): Promise<number> {
  const [given = '--help', ...rest] = args;
  if (given === 'help' && rest.length > 0) return dispatch([rest[0] ?? '', '--help'], context);
  if (['--help', '-h', 'help'].includes(given)) {
    context.stdout.write(help());
    return exitCodes.done;
  }
  const name = given === '--version' ? 'version' : given;
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
    return reportError(error, { name, usage: command.usage, context });
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
