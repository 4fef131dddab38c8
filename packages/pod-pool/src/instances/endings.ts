import type { KeyObject } from 'node:crypto';
import type { Workloads } from '@openfunction/workload';
import { retryDelayMs } from '../claim/back-off.ts';
import { nonceOf } from '../claim/ticket.ts';
import type { PoolMetrics } from '../metrics.ts';
import type { Replica, ServingWorld } from '../serving/world.ts';
import type { Timers } from '../timers.ts';
import type { InstanceControl } from './instance-control.ts';
import type { InstanceView } from './instance-view.ts';
import type { Ledger } from './ledger.ts';

/** How instances end: they are never used again, by anyone. */
export interface Endings {
  /** Ends it at once, and tries again until it is gone. */
  destroy(id: string, options?: { why?: 'failed' | 'silent'; world?: ServingWorld }): void;
  /** Takes an instance from its Serving: no new requests, time to finish what is in flight, then its end. */
  drain(world: ServingWorld, id: string): void;
  /** Takes an instance from its Serving that ended by itself or does no good. */
  lose(world: ServingWorld, id: string, why: 'failed' | 'silent'): void;
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
  /** Tells the gateways that the instance takes no more requests. */
  revoke: (world: ServingWorld, replica: Replica) => void;
  onChange: (world: ServingWorld) => void;
}

/** What a gateway sent before it heard of the revocation still gets to the instance. */
const settleMs = 500;
const pollMs = 250;
const defaultDrainMs = 30_000;
const callMs = 2000;
/** What lived so long did not end because it began. */
const longLifeMs = 60_000;

export function endings(options: EndingsOptions): Endings {
  const { workloads, control, ledger, view, timers, metrics } = options;
  /** What is to end at once, with the Serving that it still counts for. */
  const doomed = new Map<string, ServingWorld | undefined>();
  const trying = new Set<string>();

  async function end(id: string): Promise<void> {
    if (trying.has(id)) return;
    trying.add(id);
    try {
      await workloads.destroy(id);
    } finally {
      trying.delete(id);
    }
  }
  function doom(id: string, world: ServingWorld | undefined): void {
    ledger.advance(id, 'Ending');
    doomed.set(id, world);
    timers.background('Ending an instance', end(id));
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
  const isOver = (id: string): boolean => !['Ready', 'Starting'].includes(view().get(id)?.phase ?? 'Failed');

  async function finish(world: ServingWorld, { instance, leases }: Replica): Promise<void> {
    const quietAt = Math.max(timers.now() + settleMs, leases.lastExpiry(options.isConnected));
    while (timers.now() < quietAt && !timers.signal.aborted) await timers.sleep(Math.min(quietAt - timers.now(), settleMs));
    const until = timers.now() + (world.serving.spec.template?.terminationGracePeriodSeconds ?? defaultDrainMs / 1000) * 1000;
    if (timers.signal.aborted) return;
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
      if (replica !== undefined) timers.background('Draining an instance', finish(world, replica));
    },
    lose: (world, id, why) => {
      const replica = take(world, id);
      if (replica === undefined) return;
      const lasted = timers.now() - replica.since >= longLifeMs;
      world.crashes = lasted ? 1 : world.crashes + 1;
      world.replaceAt = timers.now() + retryDelayMs(world.crashes);
      metrics.destroyed(why);
      doom(id, world);
    },
    sweep: () => {
      for (const [id, world] of doomed) {
        if (view().get(id) !== undefined) {
          timers.background('Ending an instance', end(id));
          continue;
        }
        doomed.delete(id);
        ledger.forget(id);
        if (world?.ending.delete(id) === true) options.onChange(world);
      }
    },
  };
}
