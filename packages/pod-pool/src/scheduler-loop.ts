import { ClaimError } from './claim/claim-error.ts';
import type { Claims } from './claim/claims.ts';
import { planClaims } from './claim/plan.ts';
import { grantSlots, renewLeases, type Connections } from './gateways/connections.ts';
import type { Gateways } from './gateways/gateways.ts';
import { rebalance } from './gateways/rebalance.ts';
import type { Endings } from './instances/endings.ts';
import type { FreshStock } from './instances/fresh-stock.ts';
import type { InstanceView } from './instances/instance-view.ts';
import type { Learner } from './instances/learn.ts';
import type { Ledger } from './instances/ledger.ts';
import type { Liveness } from './instances/liveness.ts';
import type { ImageWorkloads } from './pool/image-workloads.ts';
import type { Pools } from './pool/pools.ts';
import { claimedForWaiters, scaleServing } from './scaling/scale.ts';
import type { Reports } from './serving/reports.ts';
import { desiredOf, minimumOf, roomOf, waitingIn, warm, type ServingWorld } from './serving/world.ts';
import type { SourceReports } from './sources/source-reports.ts';
import type { Timers } from './timers.ts';

/** What the loop acts by. */
export interface LoopParts {
  worlds: ReadonlyMap<string, ServingWorld>;
  connections: Connections;
  stages: Ledger;
  stock: FreshStock;
  view: InstanceView;
  endings: Endings;
  pools: Pools;
  claims: Claims;
  images: ImageWorkloads;
  learner: Learner;
  gateways: Gateways;
  liveness: Liveness;
  reports: Reports;
  sources: SourceReports;
  timers: Timers;
  leading: () => boolean;
  /** What the Serving names was not read yet. */
  isUnread: (world: ServingWorld) => boolean;
  /** All Servings that there are, are known. */
  isComplete: () => boolean;
}

export interface SchedulerLoop {
  /** Lends what is free, and claims what is missing. */
  serve(world: ServingWorld): void;
  serveActive(world: ServingWorld): void;
  /** Something was reported of its sources: what they ask for does not wait. */
  sourcesReported(world: ServingWorld): void;
  /** The Serving cannot be had now: who waits is told why. */
  fail(world: ServingWorld, error: ClaimError): void;
  /** After each list of the instances: what is gone is lost, and what is new is learned. */
  onList(): void;
  /** Acts on it when this replica began or ceased to lead; answers whether it leads. */
  followLease(): boolean;
  /** What runs is known since this replica leads: it was listed, and what the list does not tell was asked for. */
  isKnown(): boolean;
  /** What was asked for is told. */
  onLearned(): void;
  begin(): void;
}

const renewBeforeMs = 20_000;
const tickMs = 2000;
const scaleMs = 250;
const fullListMs = 30_000;
/** So long gateways may need to find who leads: the longest pause between two attempts, and a little. */
const arrivalMs = 3000;
/** Who begins to lead waits no longer for instances to say what they are. */
const learnMs = 1000;

/** The one loop: it compares what there is with what is asked for, and acts by the parts. */
export function schedulerLoop(parts: LoopParts): SchedulerLoop {
  const { worlds, connections, stages, stock, view, endings, pools, claims, learner, gateways, timers, leading } = parts;
  let wasLeading = false;
  let leadingSince = timers.now();
  let listedAt = -Infinity;
  let isKnown = false;
  let tickedAt = timers.now();
  /** Those that have anything: all others cost nothing. */
  const active = new Set<ServingWorld>();
  /** Those that are made ready before they are called. */
  const rhythmic = new Set<ServingWorld>();
  let scaling = false;

  /** A leader that does not know what runs would claim it again. */
  function known(): void {
    if (isKnown || listedAt === -Infinity) return;
    isKnown = true;
    for (const world of worlds.values()) if (isActive(world)) serve(world);
  }

  function fail(world: ServingWorld, error: ClaimError): void {
    world.reason = error.code;
    world.message = error.message;
    world.detail = error.detail;
    gateways.refuse(world, error);
    parts.reports.changed(world);
  }

  function serve(world: ServingWorld): void {
    const now = timers.now();
    activate(world);
    const freeSlots = grantSlots(world, connections, now);
    if (!leading() || world.gone || parts.isUnread(world) || !isKnown) return;
    const waiting = waitingIn(world);
    if (now < world.retryAt) {
      if (waiting > 0 && world.replicas.size + world.starting === 0) gateways.refuse(world, new ClaimError(world.reason, world.message));
      return;
    }
    const [running, desired] = [world.replicas.size, now < world.replaceAt ? 0 : desiredOf(world)];
    const { concurrency } = world.limits;
    const { count, forWaiters } = planClaims({
      waiting,
      freeSlots,
      concurrency,
      starting: world.starting,
      running,
      desired,
      room: roomOf(world),
    });
    if (waiting > 0 && freeSlots === 0 && roomOf(world) === 0) rebalance(world, connections, now);
    if (forWaiters > 0) claimedForWaiters(world, now, running + world.starting + forWaiters);
    if (world.image !== undefined) return parts.images.grow(world, count);
    for (let at = 0; at < count; at += 1) void claims.claim(world);
    if (count > 0) pools.claimed(world.shape.key);
  }

  function onList(): void {
    if (!leading() || !parts.isComplete() || !view.isComplete()) return;
    const [isFirst, since] = [listedAt === -Infinity, leadingSince];
    listedAt = timers.now();
    for (const world of worlds.values()) {
      for (const id of world.replicas.keys()) {
        const phase = view.get(id)?.phase;
        // Not ready is no reason: it may only be busy, and its health is asked for anyway.
        if (phase !== 'Ready' && phase !== 'Starting') endings.lose(world, id, 'failed');
      }
    }
    for (const [id] of stages.entries()) {
      if (view.get(id) !== undefined) continue;
      stock.remove(id);
      stages.forget(id);
    }
    endings.sweep();
    learner.learn();
    for (const world of worlds.values()) parts.images.look(world);
    pools.size();
    if (learner.isSettled()) known();
    else if (isFirst) timers.after(learnMs, () => since === leadingSince && known());
    for (const world of worlds.values()) if (isActive(world)) serve(world);
  }

  function activate(world: ServingWorld): void {
    if (world.gone || !isActive(world)) return;
    active.add(world);
    if (world.idle !== undefined) rhythmic.add(world);
    if (scaling) return;
    scaling = true;
    timers.after(scaleMs, scale);
  }

  /** Decides for all that have anything, until none has. */
  function scale(): void {
    for (const world of active) {
      if (world.gone || !isActive(world)) rest(world);
      else decide(world);
    }
    scaling = active.size > 0;
    if (scaling) timers.after(scaleMs, scale);
  }

  function rest(world: ServingWorld): void {
    active.delete(world);
    world.scale = undefined;
    world.sources = undefined;
  }

  function decide(world: ServingWorld): void {
    if (!leading() || !isKnown || !parts.isComplete()) return;
    const now = timers.now();
    scaleServing(world, { now, leadingSince, heardUntil: gateways.heardUntil(now), sources: parts.sources, endings });
    serve(world);
  }

  function sourcesReported(world: ServingWorld): void {
    if (world.gone) return;
    decide(world);
    if (!isActive(world)) rest(world);
  }

  function tick(): void {
    timers.after(tickMs, tick);
    if (!followLease()) return;
    const now = timers.now();
    const wasStarved = now - tickedAt > 2 * tickMs;
    tickedAt = now;
    if (now - listedAt >= fullListMs) view.refresh();
    for (const world of rhythmic) {
      if (world.gone) rhythmic.delete(world);
      else if (warm(world, now)) serve(world);
    }
    for (const world of active) {
      if (wasStarved) parts.liveness.forgive(world);
      tend(world, now);
    }
    endings.sweep();
    if (listedAt !== -Infinity) learner.learn();
    pools.size();
  }

  function tend(world: ServingWorld, now: number): void {
    renewLeases(world, connections, { now, renewBeforeMs });
    parts.liveness.check(world);
    parts.images.settle(world);
  }

  /** Who begins to lead knows nothing yet; who ceases forgets all, and touches nothing. */
  function followLease(): boolean {
    const leads = leading();
    if (leads !== wasLeading) {
      wasLeading = leads;
      leadingSince = timers.now();
      listedAt = -Infinity;
      isKnown = false;
      for (const world of worlds.values()) {
        world.replicas.clear();
        world.ending.clear();
        parts.images.clear(world);
        world.window.clear();
        world.scale = undefined;
        world.sources = undefined;
      }
      parts.sources.clear();
      active.clear();
      stages.clear();
      stock.clear();
      learner.clear();
      connections.awaitedUntil = leadingSince + arrivalMs;
      if (leads) view.refresh();
      else gateways.disconnectAll();
    }
    return leads;
  }

  return {
    serve,
    serveActive: (world) => {
      if (isActive(world)) serve(world);
    },
    sourcesReported,
    fail,
    onList,
    followLease,
    isKnown: () => isKnown,
    onLearned: known,
    begin: () => {
      followLease();
      timers.after(tickMs, tick);
    },
  };
}

function isActive(world: ServingWorld): boolean {
  if ((world.sources?.desired ?? 0) > 0) return true;
  return world.isWarm || world.replicas.size > 0 || world.waiting.size > 0 || world.starting > 0 || minimumOf(world) > 0;
}
