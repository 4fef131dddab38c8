import type { ServingState } from '@openfunction/protocol';
import { keyOf, keyText, targetAnnotation, type Serving } from '@openfunction/resources';
import type { Instance, Owner } from '@openfunction/workload';
import type { SlotLeases } from './slots/lease.ts';

/** An instance that has become this Serving's function. */
export interface Replica {
  instance: Instance;
  leases: SlotLeases;
  /** In flight, as each gateway last reported it. */
  inFlight: Map<string, number>;
}

/** All that is known of one Serving; rebuilt at start, never stored. */
export interface ServingWorld {
  id: string;
  serving: Serving;
  replicas: Map<string, Replica>;
  waiting: Map<string, number>;
  samples: { at: number; concurrency: number }[];
  lastUse: Map<string, number>;
  starting: number;
  lastRequestAt: number;
  scale: { panicUntil: number; desired: number };
  verified: boolean;
  proven: boolean;
  digest: string;
  reason: string;
  message: string;
  gone: boolean;
  /** Until then the minimum is not filled up. */
  retryAt: number;
}

export function servingWorld(serving: Serving, now: number): ServingWorld {
  return {
    id: keyText(keyOf(serving)),
    serving,
    replicas: new Map(),
    waiting: new Map(),
    samples: [],
    lastUse: new Map(),
    starting: 0,
    lastRequestAt: now,
    scale: { panicUntil: 0, desired: 0 },
    verified: false,
    proven: false,
    digest: '',
    reason: '',
    message: '',
    gone: false,
    retryAt: 0,
  };
}

export function stateOf(world: ServingWorld): ServingState {
  const { id, verified, proven, starting, digest, reason, message } = world;
  const { uid = '', generation = 0 } = world.serving.metadata;
  const ready = world.replicas.size;
  const desired = Math.max(world.scale.desired, minReplicas(world));
  return {
    serving: id,
    uid,
    observedGeneration: generation,
    verified,
    proven,
    ready,
    starting,
    desired,
    reason,
    message,
    notHonoured: [],
    digest,
  };
}

export function ownerOf(world: ServingWorld): Owner {
  const { apiVersion, kind, metadata } = world.serving;
  return { apiVersion, kind, key: keyOf(world.serving), uid: metadata.uid ?? '' };
}

export function minReplicas(world: ServingWorld): number {
  return world.serving.spec.scaleOptions?.minReplicas ?? 0;
}

/** 0: no limit. */
export function maxReplicas(world: ServingWorld): number {
  return world.serving.spec.scaleOptions?.maxReplicas ?? 0;
}

/** Requests that one instance is to carry at a time. */
export function targetOf(world: ServingWorld): number {
  const { annotations, scaleOptions } = world.serving.spec;
  const given = Number(annotations?.[targetAnnotation] ?? scaleOptions?.keda?.httpScaledObject?.targetPendingRequests ?? 0);
  return Number.isInteger(given) && given > 0 ? given : 100;
}
