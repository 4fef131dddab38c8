import { setTimeout as pause } from 'node:timers/promises';
import { ClientError, type Client } from '@openfunction/client';
import type { Pod } from '../connect/function-instances.ts';
import { linesOf } from './lines-of.ts';

export interface FollowOptions {
  client: Pick<Client, 'logs'>;
  /** The instances that run now. */
  instances: () => Promise<readonly Pod[]>;
  tailLines?: number;
  /** `instance` is empty as long as there was only one. */
  print: (instance: string, line: string) => void;
  signal: AbortSignal;
  /** How soon new instances are found. */
  lookAgainMs?: number;
}

/** Prints what instances write, those that come later too, until the signal; throws when the API cannot be followed any more. */
export async function followAll({ client, instances, tailLines, print, signal, lookAgainMs = 1000 }: FollowOptions): Promise<void> {
  const seen = new Set<string>();
  const broken = new AbortController();
  const ending = AbortSignal.any([signal, broken.signal]);

  async function follow(pod: Pod): Promise<void> {
    const { name } = pod.metadata;
    try {
      for await (const line of linesOf(client, pod, { tailLines, follow: true, signal: ending })) print(seen.size > 1 ? name : '', line);
    } catch (error) {
      const code = error instanceof ClientError ? error.code : undefined;
      // Its container has not begun: it is found again with the next look.
      if (code === 'BadRequest') seen.delete(name);
      // Otherwise it ended between the look and this.
      else if (code !== 'NotFound') broken.abort(error);
    }
  }

  const streams: Promise<void>[] = [];
  while (!ending.aborted) {
    for (const pod of await instances()) {
      if (seen.has(pod.metadata.name)) continue;
      seen.add(pod.metadata.name);
      streams.push(follow(pod));
    }
    await pause(lookAgainMs, undefined, { signal: ending }).catch(() => undefined);
  }
  await Promise.all(streams);
  broken.signal.throwIfAborted();
}
