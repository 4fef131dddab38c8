import type { Client } from '@openfunction/client';
import { createBuilderClient, RpcError, type Transport } from '@openfunction/protocol';
import { functionKind, type OFunction } from '@openfunction/resources';
import type { CommandContext } from '../command.ts';
import { progressOf, type Progress } from './progress.ts';

const lookAgainMs = 200;

export interface FollowOptions {
  client: Client;
  /** As it was applied: what counts is its generation. */
  fn: OFunction;
  builder: () => Promise<Transport>;
  timeoutMs: number;
  context: CommandContext;
}

/** Waits until the function is ready or cannot be; shows the build's log on the way. */
export async function follow({ client, fn, builder, timeoutMs, context }: FollowOptions): Promise<Progress> {
  const key = { namespace: fn.metadata.namespace ?? '', name: fn.metadata.name };
  const end = Date.now() + timeoutMs;
  const shown = new Set<string>();
  const logs: Promise<void>[] = [];
  for (;;) {
    const now = await client.need(functionKind, key, { signal: context.signal });
    const progress = progressOf(now, fn.metadata.generation ?? 0);
    const build = 'builder' in progress ? progress.builder : undefined;
    if (build !== undefined && !shown.has(build)) {
      shown.add(build);
      context.stderr.write(`building ${key.name} …\n`);
      logs.push(showLog(await builder(), `${key.namespace}/${build}`, context));
    }
    if (progress.is !== 'waiting') {
      await Promise.all(logs);
      return progress;
    }
    if (Date.now() > end) {
      return {
        is: 'not-ready',
        why: `it was not ready within ${timeoutMs / 1000} s. "ofn describe ${key.name}" says how far it is; --timeout waits longer`,
      };
    }
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, lookAgainMs);
      context.signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
    });
    context.signal.throwIfAborted();
  }
}

async function showLog(transport: Transport, builder: string, { stderr, signal }: CommandContext): Promise<void> {
  try {
    for await (const { text } of createBuilderClient(transport).log({ builder }, signal))
      stderr.write(text.endsWith('\n') ? text : `${text}\n`);
  } catch (error) {
    // The log is a courtesy: the result of the build is in the status.
    if (!(error instanceof RpcError)) throw error;
  }
}
