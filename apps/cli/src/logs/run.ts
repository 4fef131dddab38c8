import { ClientError } from '@openfunction/client';
import { functionKind } from '@openfunction/resources/nouns';
import type { Command } from '../command.ts';
import { instancesOf, servingsOf, type Pod } from '../connect/function-instances.ts';
import { exitCodes } from '../exit-codes.ts';
import { onPlatform } from '../on-platform.ts';
import { oneName } from '../one-name.ts';
import { UsageError } from '../usage-error.ts';
import { followAll } from './follow-all.ts';
import { linesOf } from './lines-of.ts';

export const run: Command['run'] = onPlatform({
  options: {
    follow: { type: 'boolean', short: 'f', default: false },
    tail: { type: 'string' },
    build: { type: 'boolean', default: false },
    previous: { type: 'boolean', short: 'p', default: false },
  },
  asks({ values, positionals }) {
    if (values.previous && (values.follow || values.build)) throw new UsageError('--previous is over: leave --follow and --build out.');
    return {
      name: oneName(positionals),
      tailLines: tailOf(values.tail),
      isFollowed: values.follow,
      isBuild: values.build,
      isPrevious: values.previous,
    };
  },
  async run({ name, tailLines, isFollowed, isBuild, isPrevious }, platform, context) {
    if (isBuild) return (await import('./run-build.ts')).runBuild(name, platform, context);
    if (isPrevious) return (await import('./previous.ts')).previousLogs(name, tailLines, platform, context);
    const { client, namespace } = platform;
    const { stdout, stderr, signal } = context;
    await client.need(functionKind, { namespace, name }, { signal });
    const instances = async (): Promise<Pod[]> =>
      instancesOf(client, await servingsOf(client, name, { namespace, signal }), { namespace, signal });
    const print = (instance: string, line: string): void => void stdout.write(instance === '' ? `${line}\n` : `${instance} ${line}\n`);

    if (isFollowed) {
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
  },
});

function tailOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new UsageError(`--tail takes a number of lines, not "${text}".`);
}
