import type { Command } from './command.ts';

/** A command whose work is loaded when it runs, so that its help is quick. */
export function lazyCommand(usage: string, load: () => Promise<{ run: Command['run'] }>): Command {
  return { usage, run: async (args, context) => (await load()).run(args, context) };
}
