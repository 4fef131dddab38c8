import type { Command } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { onPlatform } from '../on-platform.ts';
import { oneName } from '../one-name.ts';
import { diagnose } from './diagnose.ts';
import { render } from './render.ts';
import { functionWorld } from './world.ts';

export const run: Command['run'] = onPlatform({
  options: {},
  asks: ({ positionals }) => oneName(positionals),
  async run(name, { client, namespace }, { stdout, signal }) {
    const world = await functionWorld(client, namespace, name, signal);
    stdout.write(render(world, diagnose(world), Date.now()));
    return exitCodes.done;
  },
});
