import type { Command } from '../command.ts';
import { lazyCommand } from '../lazy-command.ts';

const usage = `Usage: ofn init [FOLDER] [options]

Begins a function in a folder (default: this one), which "ofn dev" and "ofn deploy" take as it is. Nothing that is there is
changed: a file in the way ends it.

Options:
  --template NAME    http (default) or cloudevent
  --language LANG    js (default) or ts
  --name NAME        (default: the folder's)
`;

export const command: Command = lazyCommand(usage, () => import('../init/run.ts'));
