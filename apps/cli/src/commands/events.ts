import type { Command } from '../command.ts';
import { connectUsage } from '../connect/options.ts';
import { lazyCommand } from '../lazy-command.ts';

const usage = `Usage: ofn events [NAME] [options]

Shows what happened, oldest first: to a function with its builds and versions, or to everything in the namespace.

Options:
  -A, --all-namespaces
  --warnings         Only what went wrong
  -w, --watch        Go on until Ctrl-C
${connectUsage}`;

export const command: Command = lazyCommand(usage, () => import('../events/run.ts'));
