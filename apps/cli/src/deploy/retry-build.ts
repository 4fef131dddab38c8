import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@openfunction/client';
import { builderKind, functionKind, isFailedState, type OFunction } from '@openfunction/resources/nouns';

const lookAgainMs = 100;
const waitMs = 10_000;

/**
 * Lets a function be built again whose build of this very source ended badly: what was wrong may have been a registry or
 * a repository. The controller makes a Builder anew when it is gone.
 */
export async function retryBuild(client: Client, applied: OFunction, signal: AbortSignal): Promise<void> {
  const { build, observedGeneration } = applied.status ?? {};
  const { name, namespace = '', generation } = applied.metadata;
  if (observedGeneration !== generation || build?.resourceRef === undefined || !isFailedState(build.state)) return;
  const isDeleted = await client.delete(builderKind, { namespace, name: build.resourceRef }, { signal });
  for (const end = Date.now() + waitMs; isDeleted && Date.now() < end; await pause(lookAgainMs, undefined, { signal })) {
    const now = await client.need(functionKind, { namespace, name }, { signal });
    if (!isFailedState(now.status?.build?.state)) return;
  }
}
