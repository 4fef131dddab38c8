import type { Command } from '../command.ts';
import { connectUsage } from '../connect/options.ts';
import { lazyCommand } from '../lazy-command.ts';

const usage = `Usage: ofn top [NAME] [options]

Shows what the instances of functions, or of one function, use: processor time over the last second in thousandths of a
processor, resident memory, requests that they answer now, and all that they began. They say so themselves.

Options:
  -A, --all-namespaces
${connectUsage}`;

export const command: Command = lazyCommand(usage, () => import('../top/run.ts'));
