import type { Command } from '../command.ts';
import { connectUsage } from '../connect/options.ts';

const usage = `Usage: ofn describe [function] NAME [options]

Shows a function with its builds, versions, instances and events, what is wrong with it, and what to do.

Options:
${connectUsage}`;

export const command: Command = {
  usage,
  run: async (args, context) => (await import('../describe/run.ts')).run(args, context),
};
