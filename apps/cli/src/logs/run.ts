import { parseArgs } from 'node:util';
import { ClientError } from '@openfunction/client';
import { functionKind } from '@openfunction/resources/nouns';
import type { CommandContext } from '../command.ts';
import { connect } from '../connect/connect.ts';
import { instancesOf, servingsOf, type Pod } from '../connect/function-instances.ts';
import { connectOptions } from '../connect/options.ts';
import { exitCodes } from '../exit-codes.ts';
import { UsageError } from '../usage-error.ts';
import { followAll } from './follow-all.ts';
import { linesOf } from './lines-of.ts';

export async function run(args: readonly string[], context: CommandContext): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { ...connectOptions, follow: { type: 'boolean', short: 'f', default: false }, tail: { type: 'string' } },
  });
  const [name] = positionals;
  if (name === undefined || positionals.length > 1) throw new UsageError('Name one function.');
  const tailLines = tailOf(values.tail);
  const { stdout, stderr, signal } = context;
  await using platform = await connect(values, context);
  const { client, namespace } = platform;
  await client.need(functionKind, { namespace, name }, { signal });
  const instances = async (): Promise<Pod[]> =>
    instancesOf(client, await servingsOf(client, name, { namespace, signal }), { namespace, signal });
  const print = (instance: string, line: string): void => void stdout.write(instance === '' ? `${line}\n` : `${instance} ${line}\n`);

  if (values.follow) {
    await followAll({ client, instances, tailLines, print, signal });
    return exitCodes.interrupted;
  }
  const pods = await instances();
  if (pods.length === 0)
    stderr.write(`No instance of "${name}" runs now. It starts with the next request; follow it with "ofn logs -f ${name}".\n`);
  for (const pod of pods) {
    try {
      for await (const line of linesOf(client, pod, { tailLines, signal })) print(pods.length > 1 ? pod.metadata.name : '', line);
    } catch (error) {
      // An instance may not have begun yet, or have ended since the look.
      if (!(error instanceof ClientError && ['BadRequest', 'NotFound'].includes(error.code))) throw error;
    }
  }
  return signal.aborted ? exitCodes.interrupted : exitCodes.done;
}

function tailOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new UsageError(`--tail takes a number of lines, not "${text}".`);
}
