import type { Command } from '../command.ts';
import { connectUsage } from '../connect/options.ts';
import { lazyCommand } from '../lazy-command.ts';

const usage = `Usage: ofn delete [KIND] NAME... [options]
       ofn delete -f FILE [options]

Deletes functions (or other kinds) with all that belongs to them, and returns when they are gone.

Options:
  -f, --filename F   Delete what this manifest names
  --ignore-not-found What does not exist is no failure
  --dry-run          Say what would be deleted, and delete nothing
  --no-wait          Do not wait until it is gone
${connectUsage}`;

export const command: Command = lazyCommand(usage, () => import('../delete/run.ts'));
