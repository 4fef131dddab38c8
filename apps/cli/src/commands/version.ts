import { parseArgs } from 'node:util';
import type { Command } from '../command.ts';
import { connectOptions, connectUsage } from '../connect/options.ts';
import { exitCodes } from '../exit-codes.ts';
import { ofnVersion } from '../ofn-version.ts';

const usage = `Usage: ofn version [options]

Prints the version of ofn, and that of the platform that it talks to.

Options:
  --client           Only that of ofn
${connectUsage}`;

export const command: Command = {
  usage,
  async run(args, context) {
    const { values } = parseArgs({ args: [...args], options: { ...connectOptions, client: { type: 'boolean', default: false } } });
    context.stdout.write(`ofn       ${ofnVersion()}\n`);
    if (values.client) return exitCodes.done;
    const { connect } = await import('../connect/connect.ts');
    await using platform = await connect(values, context);
    const server = (await platform.client.read('/version', { signal: context.signal })) as { gitVersion?: string };
    context.stdout.write(`platform  ${server.gitVersion ?? 'unknown'}\n`);
    return exitCodes.done;
  },
};
