import type { Command } from '../command.ts';
import { connectUsage } from '../connect/options.ts';
import { lazyCommand } from '../lazy-command.ts';

const usage = `Usage: ofn get [KIND] [NAME...] [options]

Lists functions (the default), builders, servings, gateways, pods, secrets, configmaps, services, events or namespaces.

Options:
  -o, --output FORM  wide, name, yaml or json (default: a table)
  -A, --all-namespaces
  -l, --selector L   Only those with these labels
  -w, --watch        Go on until Ctrl-C, with a line for each change
${connectUsage}`;

export const command: Command = lazyCommand(usage, () => import('../get/run.ts'));
