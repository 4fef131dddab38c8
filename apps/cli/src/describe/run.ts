import { parseArgs } from 'node:util';
import type { CommandContext } from '../command.ts';
import { connect } from '../connect/connect.ts';
import { connectOptions } from '../connect/options.ts';
import { diagnose } from './diagnose.ts';
import { render } from './render.ts';
import { functionWorld } from './world.ts';
import { exitCodes } from '../exit-codes.ts';
import { UsageError } from '../usage-error.ts';

const words = new Set(['function', 'functions', 'fn']);

export async function run(args: readonly string[], context: CommandContext): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: connectOptions });
  const names = positionals.length === 2 && words.has(positionals[0] ?? '') ? positionals.slice(1) : positionals;
  const [name] = names;
  if (name === undefined || names.length > 1) throw new UsageError('Name one function.');
  await using platform = await connect(values, context);
  const world = await functionWorld(platform.client, platform.namespace, name, context.signal);
  context.stdout.write(render(world, diagnose(world), Date.now()));
  return exitCodes.done;
}
