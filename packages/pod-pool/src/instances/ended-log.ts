import type { PoolInstances } from '@openfunction/protocol';
import { WorkloadError, type Workloads } from '@openfunction/workload';
import type { ServingWorld } from '../serving/world.ts';

/** What the newest instance of some Servings wrote that ended by itself or did no good, as far as the ground keeps that. */
export function endedLog(worlds: ReadonlyMap<string, ServingWorld>, workloads: Pick<Workloads, 'logs'>): PoolInstances['endedLog'] {
  return async function* ({ servings, tailLines }, signal) {
    const wanted = new Set(servings);
    const [newest] = [...worlds.values()]
      .filter(({ serving }) => wanted.has(serving.metadata.uid ?? ''))
      .flatMap(({ lastEnding }) => lastEnding ?? [])
      .toSorted((left, right) => right.at - left.at);
    if (newest === undefined) return;
    const options = { follow: false, signal, ...(tailLines === 0 ? {} : { tailLines }) };
    try {
      for await (const { at, text } of workloads.logs(newest.instance, options)) yield { atMs: at, text };
    } catch (error) {
      if (!(error instanceof WorkloadError && error.code === 'InstanceNotFound')) throw error;
    }
  };
}
