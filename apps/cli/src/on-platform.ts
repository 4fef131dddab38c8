import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import type { Command, CommandContext } from './command.ts';
import { connect, type Connected } from './connect/connect.ts';
import { connectOptions } from './connect/options.ts';

type CommandLine<Options extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ args: string[]; allowPositionals: true; options: Options }>
>;

export interface PlatformCommand<Options extends ParseArgsOptionsConfig, Asked> {
  /** Beside those of every command that talks to a platform. */
  options: Options;
  /** What the command line asks for; throws a UsageError before anything is connected to. */
  asks(line: CommandLine<Options & typeof connectOptions>, context: CommandContext): Asked | Promise<Asked>;
  /** Answers the exit code; the platform is closed afterwards. */
  run(asked: Asked, platform: Connected, context: CommandContext): Promise<number>;
}

/** The `run` of a command that talks to a platform. */
export function onPlatform<const Options extends ParseArgsOptionsConfig, Asked>(command: PlatformCommand<Options, Asked>): Command['run'] {
  return async (args, context) => {
    const line = parseArgs({ args: [...args], allowPositionals: true, options: { ...connectOptions, ...command.options } });
    const asked = await command.asks(line, context);
    await using platform = await connect(line.values, context);
    return await command.run(asked, platform, context);
  };
}
