import { keyOf, keyText, mustLoadFirst, replacesAnnotation, type Serving } from '@openfunction/resources';
import type { Instance, Owner } from '@openfunction/workload';
import type { ImageState } from '../pool/image-workloads.ts';
import type { Ending } from '../instances/ending-of.ts';
import type { PoolShape } from '../pool/shape.ts';
import type { ScaleLimits } from '../scaling/limits.ts';
import { loadWindow, type LoadWindow } from '../scaling/load-window.ts';
import { idleHistogram, isWarmAt, type IdleHistogram } from '../scaling/idle-histogram.ts';
import type { Scale } from '../scaling/scale.ts';
import type { SlotLeases } from '../slots/lease.ts';
import type { SourcesState } from '../sources/decide-sources.ts';
import { sourceLimits, type SourceLimits } from '../sources/source-limits.ts';

/** An instance that has become this Serving's function. */
export interface Replica {
  instance: Instance;
  leases: SlotLeases;
  /** In flight, as each gateway last reported it. */
  inFlight: Map<string, number>;
  since: number;
  /** It is one too many: it takes no more requests, and ends when it has answered. */
  isLeaving: boolean;
  /** Since when its health was not answered; undefined while it is. */
  silentSince?: number;
}

/** All that is known of one Serving; rebuilt at start, never stored. */
export interface ServingWorld {
  id: string;
  serving: Serving;
  shape: PoolShape;
  notHonoured: string[];
  /** Paths of the template for which it has a Workload of its own. */
  unpooled: string[];
  /** Its image serves by itself; undefined for what a runner loads, and before that is known. */
  image?: ImageState;
  limits: ScaleLimits;
  sourceLimits: SourceLimits;
  replicas: Map<string, Replica>;
  /** Instances that take no more requests and still run. */
  ending: Set<string>;
  /** Requests that wait, by gateway. */
  waiting: Map<string, number>;
  /** When each gateway last had a request. */
  lastUse: Map<string, number>;
  /** What gateways carried of the metric that it is scaled by. */
  window: LoadWindow;
  starting: number;
  lastRequestAt: number;
  /** How long it rests between its requests, where that is asked for. */
  idle: IdleHistogram | undefined;
  /** It had a request since this scheduler knows it. */
  wasCalled: boolean;
  /** It is to be ready though nobody calls it, because it will be called soon. */
  isWarm: boolean;
  /** Since when it has instances without a break. */
  activeSince: number;
  /** The last decision; undefined: there was none since this scheduler leads. */
  scale: Scale | undefined;
  /** What its sources last asked for; undefined: nothing was reported of them, or nothing of it runs. */
  sources?: SourcesState | undefined;
  /** Before then nothing is scaled down: who may carry something could not be heard. */
  keepUntil: number;
  /** It had as many instances as it is to begin with. */
  hasBegun: boolean;
  verified: boolean;
  proven: boolean;
  digest: string;
  reason: string;
  message: string;
  /** More than callers may know: what the code itself said. */
  detail: string;
  gone: boolean;
  /** Failures in a row, and until when nothing is tried again. */
  failures: number;
  retryAt: number;
  /** Instances in a row that ended soon, and until when none is replaced for which nobody waits. */
  crashes: number;
  replaceAt: number;
  /** The newest instance that nobody wanted to end, and how many there were. */
  lastEnding?: Ending & { count: number; at: number };
}

export interface WorldInput {
  serving: Serving;
  shape: PoolShape;
  notHonoured: string[];
  unpooled: string[];
  limits: ScaleLimits;
  now: number;
}

export function servingWorld({ serving, shape, notHonoured, unpooled, limits, now }: WorldInput): ServingWorld {
  return {
    id: keyText(keyOf(serving)),
    serving,
    shape,
    notHonoured,
    unpooled,
    limits,
    sourceLimits: sourceLimits(serving, { max: limits.max, stableWindowMs: limits.kpa.stableWindowMs }),
    replicas: new Map(),
    ending: new Set(),
    waiting: new Map(),
    lastUse: new Map(),
    window: loadWindow(limits.kpa.stableWindowMs),
    starting: 0,
    lastRequestAt: now,
    idle: limits.keepAlive === 'histogram' ? idleHistogram() : undefined,
    wasCalled: false,
    isWarm: false,
    activeSince: now,
    scale: undefined,
    keepUntil: 0,
    hasBegun: false,
    verified: false,
    proven: false,
    digest: '',
    reason: '',
    message: '',
    detail: '',
    gone: false,
    failures: 0,
    retryAt: 0,
    crashes: 0,
    replaceAt: 0,
  };
}

/** The Function's uid, which its instances' tickets carry. */
export function functionUidOf({ metadata }: Serving): string {
  return metadata.ownerReferences?.[0]?.uid ?? metadata.uid ?? '';
}

export function ownerOf({ serving }: ServingWorld): Owner {
  return { apiVersion: serving.apiVersion, kind: serving.kind, key: keyOf(serving), uid: serving.metadata.uid ?? '' };
}

export function waitingIn(world: ServingWorld): number {
  return world.waiting.values().reduce((sum, one) => sum + one, 0);
}

export function inFlightOf(replica: Replica): number {
  return replica.inFlight.values().reduce((sum, one) => sum + one, 0);
}

/** What is to replace a ready Serving has to show first that it loads, and what was asked to. */
export function minimumOf({ serving, limits, hasBegun }: ServingWorld): number {
  if (hasBegun) return limits.min;
  const wasReady = serving.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
  if (wasReady) return limits.min;
  const { annotations } = serving.metadata;
  const hasToLoad = annotations?.[replacesAnnotation] !== undefined || mustLoadFirst(annotations);
  return Math.max(limits.min, limits.initial, hasToLoad ? 1 : 0);
}

/** Looks again whether the Serving is to be ready by what is known of its rests; true when it is, and was not. */
export function warm(world: ServingWorld, now: number): boolean {
  const window = world.idle?.window();
  const wasWarm = world.isWarm;
  world.isWarm = window !== undefined && isWarmAt(window, now - world.lastRequestAt);
  return world.isWarm && !wasWarm;
}

/** How many there should be by the last decision. */
export function desiredOf(world: ServingWorld): number {
  return Math.max(world.scale?.desired ?? 0, minimumOf(world));
}

/** How many more instances may be claimed: what still ends counts, because it still runs. */
export function roomOf({ limits, replicas, starting, ending }: ServingWorld): number {
  return limits.max === 0 ? Infinity : Math.max(0, limits.max - replicas.size - starting - ending.size);
}
