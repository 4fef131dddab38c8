import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@openfunction/client';
import { RpcError, type Transport } from '@openfunction/protocol';
import { builderKind, functionKind, type Key, type OFunction } from '@openfunction/resources/nouns';
import { buildLog } from '../logs/build-log.ts';
import type { ProgressLine } from '../show/progress-line.ts';
import { progressOf, type Progress } from './progress.ts';

const lookAgainMs = 200;

export interface FollowOptions {
  client: Client;
  /** As it was applied: what counts is its generation. */
  fn: OFunction;
  builder: () => Promise<Transport>;
  timeoutMs: number;
  line: ProgressLine;
  signal: AbortSignal;
}

/** Waits until the function is ready or cannot be; shows the build's log on the way. */
export async function follow({ client, fn, builder, timeoutMs, line, signal }: FollowOptions): Promise<Progress> {
  const { name, namespace = '', generation = 0 } = fn.metadata;
  const end = Date.now() + timeoutMs;
  const logs = new Map<string, Promise<void>>();
  for (;;) {
    const progress = progressOf(await client.need(functionKind, { namespace, name }, { signal }), generation);
    const build = 'builder' in progress ? progress.builder : undefined;
    if (build !== undefined && !logs.has(build))
      logs.set(build, showLog({ client, builder, key: { namespace, name: build }, line, signal }));
    if (progress.is !== 'waiting') {
      await Promise.all(logs.values());
      return progress;
    }
    if (progress.on !== undefined) line.step(`${progress.on === 'build' ? 'building' : 'starting'} ${name} …`);
    if (Date.now() > end) return { is: 'not-ready', reason: 'NotReady', why: `It was not ready within ${timeoutMs / 1000} s.` };
    await pause(lookAgainMs, undefined, { signal });
  }
}

async function showLog({ client, builder, key, line, signal }: Omit<FollowOptions, 'fn' | 'timeoutMs'> & { key: Key }): Promise<void> {
  try {
    const found = await client.get(builderKind, key, { signal });
    if (found === undefined) return;
    for await (const text of buildLog(await builder(), found, signal)) line.print(text);
  } catch (error) {
    // The log is a courtesy: the result of the build is in the status.
    if (!(error instanceof RpcError)) throw error;
  }
}
