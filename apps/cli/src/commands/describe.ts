import type { Command } from '../command.ts';
import { connectUsage } from '../connect/options.ts';
import { lazyCommand } from '../lazy-command.ts';

const usage = `Usage: ofn describe [function] NAME [options]

Shows a function with its builds, versions, instances and events, what is wrong with it, and what to do.

Options:
${connectUsage}`;

export const command: Command = lazyCommand(usage, () => import('../describe/run.ts'));
