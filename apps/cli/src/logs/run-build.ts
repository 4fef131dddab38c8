import { ClientError, type Client } from '@openfunction/client';
import { builderKind, functionKind, isEndedBuild, type Builder, type Key } from '@openfunction/resources/nouns';
import type { CommandContext } from '../command.ts';
import type { Connected } from '../connect/connect.ts';
import { exitCodes } from '../exit-codes.ts';
import { buildLog } from './build-log.ts';

/** Prints the log of a build: of the Builder of that name, or of the last one of the Function. How it ended goes to stderr. */
export async function runBuild(name: string, { client, namespace, ground }: Connected, context: CommandContext): Promise<number> {
  const { stdout, stderr, signal } = context;
  const builder = await builderNamed(client, { namespace, name }, signal);
  let lines = 0;
  for await (const text of buildLog(await ground.builder(signal), builder, signal)) {
    lines += 1;
    stdout.write(`${text}\n`);
  }
  if (signal.aborted) return exitCodes.interrupted;
  const { state = 'Created', reason, message, log = '' } = (await client.get(builderKind, keyOf(builder), { signal }))?.status ?? {};
  if (lines === 0 && log !== '') {
    stderr.write(`The whole log of the build "${builder.metadata.name}" is not kept any more; this is the last of it, from its status.\n`);
    stdout.write(log);
  } else if (lines === 0)
    stderr.write(`No log of the build "${builder.metadata.name}" is kept${isEndedBuild(state) ? ' any more' : ' yet'}.\n`);
  const why = message === undefined || message === '' ? '' : `: ${reason ?? state}: ${message}`;
  stderr.write(
    `The build "${builder.metadata.name}" ${isEndedBuild(state) ? `ended as ${state}` : `is ${state}`}${state === 'Succeeded' ? '' : why}\n`,
  );
  return exitCodes.done;
}

async function builderNamed(client: Client, key: Key, signal: AbortSignal): Promise<Builder> {
  const builder = await client.get(builderKind, key, { signal });
  if (builder !== undefined) return builder;
  const last = (await client.get(functionKind, key, { signal }))?.status?.build?.resourceRef;
  const found = last === undefined ? undefined : await client.get(builderKind, { ...key, name: last }, { signal });
  if (found !== undefined) return found;
  throw new ClientError(
    'NotFound',
    `There is no build "${key.name}" in the namespace ${key.namespace}, and no function of that name that has one. "kubectl get builders -n ${key.namespace}" lists them.`,
  );
}

function keyOf({ metadata }: Builder): Key {
  return { namespace: metadata.namespace ?? '', name: metadata.name };
}
