import type { Key } from '@openfunction/resources';
import type { Instance } from '@openfunction/workload';
import type { ServingWorld } from '../serving/world.ts';

export interface KnownToLearn {
  isPool(key: Key): boolean;
  worldOf(key: Key | undefined): ServingWorld | undefined;
}

/**
 * What to do with an instance that was found: `serve` what is recorded as a living Serving's, `ask` the others of a pool
 * what they are, `look` at an image's, `remove` a pool that nobody needs, `destroy` what has lost its owner, `wait` for what starts; `ignore` is
 * not the scheduler's.
 */
export type Learning = 'serve' | 'ask' | 'look' | 'remove' | 'destroy' | 'wait' | 'ignore';

const ownNames = /^openfunction-(?:pool|own)-/;

export function planLearning(instance: Instance, known: KnownToLearn): Learning {
  if (!ownNames.test(instance.workload.name)) return 'ignore';
  const isOver = instance.phase === 'Failed' || instance.phase === 'Finished';
  const isOwned = known.worldOf(instance.owner?.key)?.serving.metadata.uid === instance.owner?.uid;
  if (instance.plain === true) return isOwned ? 'look' : 'remove';
  if (instance.digest !== undefined) {
    if (!isOwned || isOver) return 'destroy';
    return instance.endpoints === undefined ? 'wait' : 'serve';
  }
  if (!known.isPool(instance.workload)) return 'remove';
  if (instance.phase !== 'Ready' || instance.endpoints === undefined) return 'wait';
  // Settings must not cross a network in clear.
  if (instance.endpoints.control.kind === 'tcp' && instance.sealingKey === undefined) return 'wait';
  return 'ask';
}
