import type { ServingState } from '@openfunction/protocol';
import { desiredOf, type ServingWorld } from './world.ts';

function endingOf({ count, instance, reason, message }: NonNullable<ServingWorld['lastEnding']>): ServingState['ending'] {
  return { count, instance, reason, message };
}

/** What the controller is told of a Serving. */
export function stateOf(world: ServingWorld): ServingState {
  const { id, verified, proven, hasBegun, starting, digest, reason, message, detail, notHonoured, unpooled, lastEnding } = world;
  const { uid = '', generation = 0 } = world.serving.metadata;
  return {
    serving: id,
    uid,
    observedGeneration: generation,
    verified,
    proven: proven && hasBegun,
    ready: world.replicas.size,
    starting,
    desired: desiredOf(world),
    reason,
    message: detail === '' ? message : `${message} It said: ${detail}`,
    notHonoured,
    unpooled,
    isImage: world.image !== undefined,
    digest,
    ...(lastEnding === undefined ? {} : { ending: endingOf(lastEnding) }),
  };
}
