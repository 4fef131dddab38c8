import type { Endings } from '../instances/endings.ts';
import { desiredOf, inFlightOf, minimumOf, type ServingWorld } from '../serving/world.ts';
import { decideSources } from '../sources/decide-sources.ts';
import type { SourceReports } from '../sources/source-reports.ts';
import { decideScale, type ScaleState } from './decide.ts';
import { initialKpa, panicFor } from './kpa.ts';
import { surplus } from './surplus.ts';

/** What was last decided of a Serving, and by what. */
export interface Scale {
  desired: number;
  excessBurst: number;
  stable: number;
  panic: number;
  state: ScaleState;
}

export interface ScaleContext {
  now: number;
  /** Since when this scheduler sees what happens. */
  leadingSince: number;
  /** Until when the gateways were heard: nothing is known of what they carried since. */
  heardUntil: number;
  sources: Pick<SourceReports, 'of'>;
  endings: Endings;
}

/** Decides how many instances the Serving should have, and ends those that are too many. */
export function scaleServing(world: ServingWorld, context: ScaleContext): void {
  world.sources = bySources(world, context);
  world.scale = decide(world, context);
  endSurplus(world, context);
}

function bySources(world: ServingWorld, { now, sources }: ScaleContext): ServingWorld['sources'] {
  const report = sources.of(world);
  if (report === undefined && world.sources === undefined) return undefined;
  return decideSources({ now, ready: world.replicas.size, report, limits: world.sourceLimits, before: world.sources });
}

function decide(world: ServingWorld, { now, leadingSince, heardUntil }: ScaleContext): Scale {
  const { limits, window } = world;
  const { kpa } = limits;
  const ready = world.replicas.size;
  const before = world.scale ?? { desired: 0, state: { kpa: initialKpa(now, ready) } };
  const mean = kpa.aggregation === 'linear' ? window.mean : window.weightedMean;
  const [stable, panic] = [mean(heardUntil, kpa.stableWindowMs), mean(heardUntil, kpa.panicWindowMs)];
  const decision = decideScale({
    now,
    ready,
    stable,
    panic,
    limits,
    sources: world.sources?.desired ?? 0,
    min: Math.max(minimumOf(world), world.isWarm ? 1 : 0),
    isBlind: heardUntil < now,
    lastRequestAt: world.lastRequestAt,
    activeSince: world.activeSince,
    keepUntil: Math.max(leadingSince + kpa.stableWindowMs, world.keepUntil),
    before: { ...before.state, desired: before.desired },
  });
  return { ...decision, stable, panic };
}

/** Who waits has no time for means: what is made for them stays as in any panic. */
export function claimedForWaiters(world: ServingWorld, now: number, instances: number): void {
  const { scale } = world;
  if (instances <= Math.max(1, desiredOf(world))) return;
  const before = scale ?? { desired: 0, excessBurst: 0, stable: 0, panic: 0, state: { kpa: initialKpa(now, 0) } };
  world.scale = { ...before, desired: instances, state: { ...before.state, kpa: panicFor(before.state.kpa, now, instances) } };
}

/** An instance that still answers takes no more requests, and goes when it has answered; until then it can be taken back. */
function endSurplus(world: ServingWorld, { now, endings }: ScaleContext): void {
  const present = [...world.replicas.values()].map((replica) => ({
    replica,
    createdAt: replica.instance.createdAt,
    inFlight: inFlightOf(replica),
  }));
  const leaving = surplus(present, world.scale?.desired ?? 0);
  const goes = new Set(leaving.map(({ replica }) => replica));
  for (const replica of world.replicas.values()) if (replica.isLeaving && !goes.has(replica)) replica.isLeaving = false;
  for (const { replica } of leaving) {
    if (!replica.isLeaving) endings.revoke(world, replica);
    replica.isLeaving = true;
    // Every gateway has said that it uses nothing of it, or had time enough to.
    if (replica.leases.free(now) === world.limits.concurrency) endings.drain(world, replica.instance.id);
  }
}
