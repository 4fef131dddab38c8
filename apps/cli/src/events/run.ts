import { ClientError, type Client } from '@openfunction/client';
import { builderKind, eventKind, functionKind, functionLabel, type Event } from '@openfunction/resources/nouns';
import type { Command } from '../command.ts';
import { servingsOf } from '../connect/function-instances.ts';
import { exitCodes } from '../exit-codes.ts';
import { onPlatform } from '../on-platform.ts';
import { oneName } from '../one-name.ts';
import { age } from '../show/age.ts';
import { growingTable } from '../show/text-table.ts';
import { UsageError } from '../usage-error.ts';

interface Scope {
  /** Undefined: all of them. */
  namespace: string | undefined;
  signal: AbortSignal;
}

export const run: Command['run'] = onPlatform({
  options: {
    'all-namespaces': { type: 'boolean', short: 'A', default: false },
    warnings: { type: 'boolean', default: false },
    watch: { type: 'boolean', short: 'w', default: false },
  },
  asks({ values, positionals }) {
    const name = positionals.length === 0 ? undefined : oneName(positionals);
    const isEverywhere = values['all-namespaces'];
    if (isEverywhere && name !== undefined) throw new UsageError('A function is of one namespace: leave --all-namespaces out.');
    return { name, isEverywhere, isWatched: values.watch, isWanted: wanted(values.warnings) };
  },
  async run({ name, isEverywhere, isWatched, isWanted }, { client, namespace }, { stdout, stderr, signal }) {
    const scope: Scope = { namespace: isEverywhere ? undefined : namespace, signal };
    if (name !== undefined) await client.need(functionKind, { namespace, name }, { signal });
    const concerns = name === undefined ? async (): Promise<boolean> => true : concerning(client, name, { namespace, signal });
    const table = growingTable([...(isEverywhere ? ['Namespace'] : []), 'Age', 'Type', 'Reason', 'Object', 'Message']);
    const print = (events: readonly Event[]): void => void stdout.write(table.add(events.map((event) => rowOf(event, isEverywhere))));

    const { items, resourceVersion } = await client.list(eventKind, scope);
    const present = await only(items.filter(isWanted), concerns);
    if (present.length > 0) print(present.toSorted((a, b) => timeOf(a).localeCompare(timeOf(b))));
    else stderr.write(`Nothing happened${isWatched ? ' yet' : ' lately'}.\n`);
    if (!isWatched) return exitCodes.done;
    for await (const event of changes(client, scope, resourceVersion)) {
      const news = await only([event].filter(isWanted), concerns);
      if (news.length > 0) print(news);
    }
    return exitCodes.interrupted;
  },
});

function wanted(isWarnings: boolean): (event: Event) => boolean {
  return ({ type }) => !isWarnings || type === 'Warning';
}

/** Whether an event is about the function or what it owns, which may come into being later. */
function concerning(
  client: Client,
  name: string,
  { namespace, signal }: { namespace: string; signal: AbortSignal },
): (event: Event) => Promise<boolean> {
  const known = new Map<string, boolean>();
  const uids = async (): Promise<Set<string | undefined>> => {
    const [fn, builders, servings] = await Promise.all([
      client.get(functionKind, { namespace, name }, { signal }),
      client.list(builderKind, { namespace, labelSelector: `${functionLabel}=${name}`, signal }),
      servingsOf(client, name, { namespace, signal }),
    ]);
    return new Set([fn, ...builders.items, ...servings].map((one) => one?.metadata.uid));
  };
  return async ({ involvedObject }) => {
    const uid = involvedObject.uid ?? '';
    if (!known.has(uid)) known.set(uid, (await uids()).has(uid));
    return known.get(uid) === true;
  };
}

async function only(events: readonly Event[], concerns: (event: Event) => Promise<boolean>): Promise<Event[]> {
  const kept: Event[] = [];
  for (const event of events) if (await concerns(event)) kept.push(event);
  return kept;
}

async function* changes(client: Client, scope: Scope, listed: string): AsyncGenerator<Event> {
  let resourceVersion = listed;
  while (!scope.signal.aborted) {
    try {
      for await (const { type, object } of client.watch(eventKind, { ...scope, resourceVersion })) {
        resourceVersion = object.metadata.resourceVersion ?? resourceVersion;
        if (type !== 'DELETED') yield object;
      }
    } catch (error) {
      if (!(error instanceof ClientError && error.code === 'Expired')) throw error;
      ({ resourceVersion } = await client.list(eventKind, scope));
    }
  }
}

function rowOf(
  { metadata, lastTimestamp, type, reason = '', message = '', count = 1, involvedObject }: Event,
  isEverywhere: boolean,
): string[] {
  const { kind = '', name = '' } = involvedObject;
  const times = count > 1 ? ` (${count} times)` : '';
  return [
    ...(isEverywhere ? [metadata.namespace ?? ''] : []),
    age(lastTimestamp ?? metadata.creationTimestamp, Date.now()),
    type ?? '',
    reason,
    `${kind.toLowerCase()}/${name}`,
    message.replaceAll('\n', ' ') + times,
  ];
}

function timeOf({ lastTimestamp, metadata }: Event): string {
  return lastTimestamp ?? metadata.creationTimestamp ?? '';
}
