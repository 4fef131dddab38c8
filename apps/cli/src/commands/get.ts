import type { Command } from '../command.ts';
import { connectUsage } from '../connect/options.ts';
import { lazyCommand } from '../lazy-command.ts';

const usage = `Usage: ofn get [KIND] [NAME...] [options]

Lists functions (the default), builders, servings, gateways, pods, secrets, configmaps, services, events or namespaces.
Several kinds are written fn,builders; objects of several kinds fn/a builder/b.

Options:
  -o, --output FORM  wide, name, yaml, json or jsonpath=TEMPLATE (default: a table)
  -A, --all-namespaces
  -l, --selector L   Only those with these labels
  --field-selector F Only those with these fields, such as metadata.name=a
  -w, --watch        Go on until Ctrl-C, with a line for each change
  --wait CONDITION   First wait until what is named has it, such as Ready or Ready=False
  --timeout S        Seconds to wait for that (default 300)
${connectUsage}`;

export const command: Command = lazyCommand(usage, () => import('../get/run.ts'));
