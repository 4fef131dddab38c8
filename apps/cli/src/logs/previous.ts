import { ClientError } from '@openfunction/client';
import { createPoolInstancesClient } from '@openfunction/protocol';
import { eventKind, functionKind } from '@openfunction/resources/nouns';
import { CommandError } from '../command-error.ts';
import type { CommandContext } from '../command.ts';
import type { Connected } from '../connect/connect.ts';
import { instancesOf, servingsOf } from '../connect/function-instances.ts';
import { exitCodes } from '../exit-codes.ts';
import { isAnnouncement } from './lines-of.ts';

/** Events that tell of an instance that ended; they begin with its name. */
const endings = new Set(['FunctionCrashed', 'InstanceSilent', 'InstanceUnhealthy']);

/** Prints what the newest instance wrote that ended, as far as that is kept: by Events that name it, by those that run now, or by pod-pool, which ended it. */
export async function previousLogs(
  name: string,
  tailLines: number | undefined,
  { client, namespace, ground }: Connected,
  { stdout, signal }: CommandContext,
): Promise<number> {
  const fn = await client.need(functionKind, { namespace, name }, { signal });
  const fieldSelector = `involvedObject.uid=${fn.metadata.uid}`;
  const { items } = await client.list(eventKind, { namespace, fieldSelector, signal });
  const told = items
    .filter(({ reason = '' }) => endings.has(reason))
    .toSorted((left, right) => (right.lastTimestamp ?? '').localeCompare(left.lastTimestamp ?? ''))
    .flatMap(({ message }) => /^Instance (\S+) /.exec(message ?? '')?.[1] ?? []);
  const servings = await servingsOf(client, name, { namespace, signal });
  const running = await instancesOf(client, servings, { namespace, signal });
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
  const uids = servings.map(({ metadata: { uid = '' } }) => uid);
  let isKept = false;
  const pool = createPoolInstancesClient(await ground.pool(signal));
  for await (const { text } of pool.endedLog({ servings: uids, tailLines: tailLines ?? 0 }, signal)) {
    isKept = true;
    if (tailLines !== 0 && !isAnnouncement(text)) stdout.write(`${text}\n`);
  }
  if (signal.aborted) return exitCodes.interrupted;
  if (isKept) return exitCodes.done;
  throw new CommandError('NotFound', `No log of an instance of "${name}" that ended is kept.`, {
    exitCode: exitCodes.notFound,
    hint: 'On one machine a hundred are kept for a day; on a cluster pod-pool has the last one of each version, until it is replaced itself. "ofn events" tells what ended.',
  });
}
