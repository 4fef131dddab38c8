import { parseArgs } from 'node:util';
import type { Command } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { UsageError } from '../usage-error.ts';

const usage = `Usage: ofn completion bash|zsh|fish

Prints what makes a shell complete commands, options, and the names of functions:

  bash   source <(ofn completion bash)                                in ~/.bashrc
  zsh    source <(ofn completion zsh)                                 in ~/.zshrc, after compinit
  fish   ofn completion fish > ~/.config/fish/completions/ofn.fish
`;

export const command: Command = {
  usage,
  async run(args, context) {
    const { positionals } = parseArgs({ args: [...args], allowPositionals: true, options: {} });
    const { shells } = await import('../completion/shells.ts');
    const [shell = '', ...more] = positionals;
    const script = Object.hasOwn(shells, shell) && more.length === 0 ? shells[shell] : undefined;
    if (script === undefined) throw new UsageError(`Name a shell: ${Object.keys(shells).join(', ')}.`);
    const { wordsOfCommands } = await import('../completion/words-of-commands.ts');
    context.stdout.write(script(await wordsOfCommands()));
    return exitCodes.done;
  },
};
