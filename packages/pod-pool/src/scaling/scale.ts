import type { Endings } from '../instances/endings.ts';
import { inFlightOf, minimumOf, type ServingWorld } from '../serving/world.ts';
import { decideScale, surplus } from './decide.ts';

const panicWindowMs = 6000;

/** Decides how many instances the Serving should have, and ends those that are too many and idle. */
export function scaleServing(world: ServingWorld, context: { now: number; keepUntil: number; endings: Endings }): void {
  const { now, keepUntil, endings } = context;
  const { limits } = world;
  world.scale = decideScale({
    now,
    keepUntil,
    stable: world.window.mean(now, limits.stableWindowMs),
    panic: world.window.mean(now, panicWindowMs),
    stableWindowMs: limits.stableWindowMs,
    ready: world.replicas.size,
    target: limits.concurrency,
    min: minimumOf(world),
    max: limits.max,
    lastRequestAt: world.lastRequestAt,
    zeroGraceMs: limits.zeroGraceMs,
    before: world.scale,
  });
  const present = [...world.replicas.values()].map((replica) => ({
    id: replica.instance.id,
    createdAt: replica.instance.createdAt,
    inFlight: inFlightOf(replica),
  }));
  for (const { id, inFlight } of surplus(present, world.scale.desired)) if (inFlight === 0) endings.drain(world, id);
}
