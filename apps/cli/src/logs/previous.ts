import { ClientError } from '@openfunction/client';
import { eventKind, functionKind } from '@openfunction/resources/nouns';
import { CommandError } from '../command-error.ts';
import type { CommandContext } from '../command.ts';
import type { Connected } from '../connect/connect.ts';
import { instancesOf, servingsOf } from '../connect/function-instances.ts';
import { exitCodes } from '../exit-codes.ts';

/** Events that tell of an instance that ended; they begin with its name. */
const endings = new Set(['FunctionCrashed', 'InstanceSilent']);

/** Prints what the newest instance wrote that ended, as far as that is kept: by Events that name it, else by those that run now. */
export async function previousLogs(
  name: string,
  tailLines: number | undefined,
  { client, namespace }: Connected,
  { stdout, signal }: CommandContext,
): Promise<number> {
  const fn = await client.need(functionKind, { namespace, name }, { signal });
  const fieldSelector = `involvedObject.uid=${fn.metadata.uid}`;
  const { items } = await client.list(eventKind, { namespace, fieldSelector, signal });
  const told = items
    .filter(({ reason = '' }) => endings.has(reason))
    .toSorted((left, right) => (right.lastTimestamp ?? '').localeCompare(left.lastTimestamp ?? ''))
    .flatMap(({ message }) => /^Instance (\S+) /.exec(message ?? '')?.[1] ?? []);
  const running = await instancesOf(client, await servingsOf(client, name, { namespace, signal }), { namespace, signal });
  const sources = [
    ...told.map((instance) => ({ pod: instance, previous: false, container: undefined })),
    ...running.map(({ metadata, spec }) => ({ pod: metadata.name, previous: true, container: spec?.containers?.[0]?.name })),
  ];
  for (const { pod, previous, container } of sources) {
    try {
      const lines = client.logs({ namespace, name: pod }, { previous, container, tailLines, signal });
      for await (const line of lines) stdout.write(`${line}\n`);
      return signal.aborted ? exitCodes.interrupted : exitCodes.done;
    } catch (error) {
      if (!(error instanceof ClientError && ['BadRequest', 'NotFound'].includes(error.code))) throw error;
    }
  }
  throw new CommandError('NotFound', `No log of an instance of "${name}" that ended is kept.`, {
    exitCode: exitCodes.notFound,
    hint: 'On one machine a hundred are kept for a day; a cluster keeps those of pods that are still there. "ofn events" tells what ended.',
  });
}
