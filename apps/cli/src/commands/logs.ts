import type { Command } from '../command.ts';
import { connectUsage } from '../connect/options.ts';
import { lazyCommand } from '../lazy-command.ts';

const usage = `Usage: ofn logs NAME [options]
       ofn logs --build NAME

Prints what the instances of a function wrote. With more than one, each line begins with its instance.

Options:
  --build            What a build wrote, while it runs and after it: NAME is a Builder, or a function for its last build
  -f, --follow       Go on until Ctrl-C, with instances that come later too
  -p, --previous     What the newest instance wrote that ended, as far as it is kept
  --tail N           Only the last N lines of each instance
${connectUsage}`;

export const command: Command = lazyCommand(usage, () => import('../logs/run.ts'));
