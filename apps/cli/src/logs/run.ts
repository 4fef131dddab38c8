import { parseArgs } from 'node:util';
import type { Client } from '@openfunction/client';
import { ClientError } from '@openfunction/client';
import { functionKind } from '@openfunction/resources/nouns';
import type { CommandContext } from '../command.ts';
import { connect } from '../connect/connect.ts';
import { instancesOf, servingsOf, type Pod } from '../connect/function-instances.ts';
import { connectOptions } from '../connect/options.ts';
import { exitCodes } from '../exit-codes.ts';
import { UsageError } from '../usage-error.ts';

const lookAgainMs = 1000;
/** What a pod's runner tells the platform before it is a function. */
const announcement = /^\{"sealingKey":"[\w-]+"\}$/;

export async function run(args: readonly string[], context: CommandContext): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { ...connectOptions, follow: { type: 'boolean', short: 'f', default: false }, tail: { type: 'string' } },
  });
  const [name] = positionals;
  if (name === undefined || positionals.length > 1) throw new UsageError('Name one function.');
  if (values.tail !== undefined && !/^\d{1,6}$/.test(values.tail))
    throw new UsageError(`--tail takes a number of lines, not "${values.tail}".`);
  const tailLines = values.tail === undefined ? undefined : Number(values.tail);
  await using platform = await connect(values, context);
  const { client, namespace } = platform;
  await client.need(functionKind, { namespace, name }, { signal: context.signal });
  if (values.follow) await followAll({ client, namespace, name, tailLines, context });
  else await printAll({ client, namespace, name, tailLines, context });
  return context.signal.aborted ? exitCodes.interrupted : exitCodes.done;
}

interface LogsOf {
  client: Client;
  namespace: string;
  name: string;
  tailLines?: number;
  context: CommandContext;
}

async function printAll(of: LogsOf): Promise<void> {
  const { client, namespace, name, tailLines, context } = of;
  const pods = await instances(client, name, { namespace, signal: context.signal });
  if (pods.length === 0)
    context.stderr.write(`No instance of "${name}" runs now. It starts with the next request; follow it with "ofn logs -f ${name}".\n`);
  for (const pod of pods) {
    for await (const line of linesOf(client, pod, { tailLines, signal: context.signal }))
      print(context, pods.length > 1 ? pod.metadata.name : '', line);
  }
}

async function followAll({ client, namespace, name, tailLines, context }: LogsOf): Promise<void> {
  const seen = new Set<string>();
  const streams = new Set<Promise<void>>();
  while (!context.signal.aborted) {
    const pods = await instances(client, name, { namespace, signal: context.signal });
    for (const pod of pods.filter(({ metadata }) => !seen.has(metadata.name))) {
      seen.add(pod.metadata.name);
      const stream = follow(client, pod, tailLines, context).finally(() => streams.delete(stream));
      streams.add(stream);
    }
    await rest(lookAgainMs, context.signal);
  }
  await Promise.all(streams);
}

async function instances(client: Client, name: string, scope: { namespace: string; signal: AbortSignal }): Promise<Pod[]> {
  return instancesOf(client, await servingsOf(client, name, scope), scope);
}

async function follow(client: Client, pod: Pod, tailLines: number | undefined, context: CommandContext): Promise<void> {
  for await (const line of linesOf(client, pod, { tailLines, follow: true, signal: context.signal }))
    print(context, pod.metadata.name, line);
}

async function* linesOf(
  client: Client,
  { metadata, spec }: Pod,
  options: { tailLines?: number; follow?: boolean; signal: AbortSignal },
): AsyncGenerator<string> {
  try {
    const pod = { namespace: metadata.namespace ?? '', name: metadata.name };
    const lines = client.logs(pod, { ...options, container: spec?.containers?.[0]?.name });
    for await (const line of lines) if (!announcement.test(line)) yield line;
  } catch (error) {
    // An instance may end between the list and this.
    if (!(error instanceof ClientError && error.code === 'NotFound')) throw error;
  }
}

function print(context: CommandContext, instance: string, line: string): void {
  context.stdout.write(instance === '' ? `${line}\n` : `${instance} ${line}\n`);
}

function rest(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });
}
