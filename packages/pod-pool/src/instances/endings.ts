import type { KeyObject } from 'node:crypto';
import type { ServingLoad } from '@openfunction/protocol';
import type { Instance, Workloads } from '@openfunction/workload';
import { retryDelayMs } from '../claim/back-off.ts';
import { nonceOf } from '../claim/ticket.ts';
import type { PoolMetrics } from '../metrics.ts';
import type { ImageWorkloads } from '../pool/image-workloads.ts';
import type { Replica, ServingWorld } from '../serving/world.ts';
import type { Timers } from '../timers.ts';
import { endingOf } from './ending-of.ts';
import type { InstanceControl } from './instance-control.ts';
import type { InstanceView } from './instance-view.ts';
import type { Ledger } from './ledger.ts';

/** How instances end: they are never used again, by anyone. */
export interface Endings {
  /** Ends it at once, and tries again until it is gone. */
  destroy(id: string, options?: { why?: 'failed' | 'silent'; world?: ServingWorld }): void;
  /** Takes an instance from its Serving: no new requests, time to finish what is in flight, then its end. */
  drain(world: ServingWorld, id: string): void;
  /** Tells the gateways that the instance takes no more requests; it stays the Serving's. */
  revoke(world: ServingWorld, replica: Replica): void;
  /** Takes an instance from its Serving that ended by itself or does no good. */
  lose(world: ServingWorld, id: string, why: 'failed' | 'silent'): void;
  /** Takes an instance from its Serving that answers no requests now, and may do so again. */
  suspend(world: ServingWorld, id: string): void;
  /** An instance is over that served and was suspended. */
  mourn(world: ServingWorld, instance: Instance): void;
  /** What a gateway says of the requests that a draining instance still answers. */
  hear(gateway: string, load: ServingLoad): void;
  /** After each list: tries again what is still there. */
  sweep(): void;
}

export interface EndingsOptions {
  workloads: Pick<Workloads, 'destroy'>;
  control: InstanceControl;
  ledger: Ledger;
  view: () => InstanceView;
  timers: Timers;
  metrics: PoolMetrics;
  privateKey: KeyObject;
  isConnected: (gateway: string) => boolean;
  images: () => Pick<ImageWorkloads, 'drain' | 'leave'>;
  /** Tells the gateways that the instance takes no more requests. */
  revoke: (world: ServingWorld, replica: Replica) => void;
  onChange: (world: ServingWorld) => void;
}

/** What a gateway sent before it heard of the revocation still gets to the instance. */
const settleMs = 500;
const pollMs = 250;
/** Gateways speak once a second of what they carry. */
const unheardMs = 4000;
const defaultDrainMs = 30_000;
const callMs = 2000;
/** What lived so long did not end because it began. */
const longLifeMs = 60_000;

export function endings(options: EndingsOptions): Endings {
  const { workloads, control, ledger, view, timers, metrics } = options;
  /** What is to end at once, with the Serving that it still counts for, and whether anyone may ask what it wrote. */
  const doomed = new Map<string, { world: ServingWorld | undefined; keepsLog: boolean }>();
  const trying = new Set<string>();

  async function end(id: string, keepsLog: boolean): Promise<void> {
    if (trying.has(id)) return;
    trying.add(id);
    try {
      await workloads.destroy(id, { keepsLog });
    } finally {
      trying.delete(id);
    }
  }
  function doom(id: string, world: ServingWorld | undefined, { keepsLog } = { keepsLog: false }): void {
    ledger.advance(id, 'Ending');
    doomed.set(id, { world, keepsLog });
    timers.background('Ending an instance', end(id, keepsLog));
  }
  function take(world: ServingWorld, id: string): Replica | undefined {
    const replica = world.replicas.get(id);
    if (replica === undefined) return undefined;
    ledger.advance(id, 'Ending');
    world.replicas.delete(id);
    world.ending.add(id);
    options.revoke(world, replica);
    options.onChange(world);
    return replica;
  }
  const draining = new Map<string, { replica: Replica; serving: string; heardAt: number }>();

  /** A gateway with nothing in flight says nothing. */
  const isBusy = ({ replica, heardAt }: { replica: Replica; heardAt: number }): boolean =>
    timers.now() - heardAt < unheardMs && replica.inFlight.values().some((count) => count > 0);

  /** It goes when all that it was sent is answered, or its grace is over: the rest is the ground's to do. */
  async function finishImage(world: ServingWorld, replica: Replica, until: number): Promise<void> {
    const { id } = replica.instance;
    for (let one = draining.get(id); one !== undefined && isBusy(one) && timers.now() < until && !timers.signal.aborted;)
      await timers.sleep(pollMs);
    draining.delete(id);
    if (timers.signal.aborted) return;
    metrics.destroyed('drained');
    options.images().leave(world, id);
  }

  function tell(world: ServingWorld, instance: Instance, why: 'failed' | 'silent'): void {
    const count = (world.lastEnding?.count ?? 0) + 1;
    world.lastEnding = { ...endingOf(instance, why, view().get(instance.id)), count, at: timers.now() };
  }

  const isOver = (id: string): boolean => !['Ready', 'Starting'].includes(view().get(id)?.phase ?? 'Failed');

  async function finish(world: ServingWorld, replica: Replica): Promise<void> {
    const { instance, leases } = replica;
    const quietAt = Math.max(timers.now() + settleMs, leases.lastExpiry(options.isConnected));
    while (timers.now() < quietAt && !timers.signal.aborted) await timers.sleep(Math.min(quietAt - timers.now(), settleMs));
    const until = timers.now() + (world.serving.spec.template?.terminationGracePeriodSeconds ?? defaultDrainMs / 1000) * 1000;
    if (timers.signal.aborted) return;
    if (instance.plain === true) return finishImage(world, replica, until);
    // An instance that does not understand ends all the same, after the same time.
    if (instance.endpoints !== undefined)
      await control.drain(instance.endpoints.control, nonceOf(instance.id, options.privateKey), callMs).catch(() => {});
    while (!isOver(instance.id) && timers.now() < until && !timers.signal.aborted) await timers.sleep(pollMs);
    if (timers.signal.aborted) return;
    metrics.destroyed('drained');
    doom(instance.id, world);
  }

  return {
    destroy: (id, { why = 'failed', world } = {}) => {
      metrics.destroyed(why);
      world?.ending.add(id);
      doom(id, world);
    },
    drain: (world, id) => {
      const replica = take(world, id);
      if (replica === undefined) return;
      if (replica.instance.plain === true) {
        draining.set(id, { replica, serving: world.id, heardAt: timers.now() });
        options.images().drain(world, id);
      }
      timers.background('Draining an instance', finish(world, replica));
    },
    revoke: options.revoke,
    lose: (world, id, why) => {
      const replica = take(world, id);
      if (replica === undefined) return;
      const lasted = timers.now() - replica.since >= longLifeMs;
      world.crashes = lasted ? 1 : world.crashes + 1;
      world.replaceAt = timers.now() + retryDelayMs(world.crashes);
      tell(world, replica.instance, why);
      metrics.destroyed(why);
      doom(id, world, { keepsLog: true });
    },
    suspend: (world, id) => {
      if (take(world, id) === undefined) return;
      world.ending.delete(id);
      ledger.forget(id);
    },
    mourn: (world, instance) => {
      tell(world, instance, 'failed');
      options.onChange(world);
    },
    hear: (gateway, load) => {
      for (const [id, one] of draining) {
        if (one.serving !== load.serving) continue;
        one.heardAt = timers.now();
        one.replica.inFlight.set(gateway, load.instances.find(({ instance }) => instance === id)?.inFlight ?? 0);
      }
    },
    sweep: () => {
      for (const [id, { world, keepsLog }] of doomed) {
        if (view().get(id) !== undefined) {
          timers.background('Ending an instance', end(id, keepsLog));
          continue;
        }
        doomed.delete(id);
        ledger.forget(id);
        if (world?.ending.delete(id) === true) options.onChange(world);
      }
    },
  };
}
