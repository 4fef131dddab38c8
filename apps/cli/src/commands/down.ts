import path from 'node:path';
import { parseArgs } from 'node:util';
import { askDown, dataFolder, defaultData, endLeftInstances } from '@openfunction/embedded/platform';
import type { Command } from '../command.ts';

const usage = `Usage: ofn down [options]

Ends what "ofn up" started, functions too, and returns when nothing of it runs any more. What was deployed stays.

Options:
  --data FOLDER      The folder that was given to "ofn up"
`;

export const command: Command = {
  usage,
  async run(args, context) {
    const { values } = parseArgs({ args: [...args], options: { data: { type: 'string' } } });
    const folder = dataFolder(values.data === undefined ? defaultData(context.env) : path.resolve(context.cwd, values.data));
    if (await askDown(folder, context.signal)) {
      context.stderr.write('OpenFunction has ended.\n');
      return 0;
    }
    await endLeftInstances(folder);
    context.stderr.write(`OpenFunction does not run with the data in ${folder.root}.\n`);
    return 0;
  },
};
