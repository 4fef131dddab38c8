import type { Store } from '@openfunction/store';
import type { Workloads } from '@openfunction/workload';
import { leaseElection, type LeaseOptions } from './lease.ts';

export interface HeldLease {
  isHeld(): boolean;
  /** Who holds it, by what was last seen. */
  holder(): string | undefined;
  /** Resolves when it is held for the first time. */
  readonly won: Promise<void>;
  /** The same store, whose writes are made only while the lease is held. */
  guardStore(store: Store): Store;
  guardWorkloads(workloads: Workloads): Workloads;
  /** Gives it back, so that the next one need not wait. */
  release(): Promise<void>;
}

type Guard = <R>(write: () => Promise<R>) => Promise<R>;

/**
 * Competes for the lease until it is released. While it is not held, reads go on and writes are refused; `onTaken` tells that
 * someone else has it now that was held here.
 */
export function holdLease(options: LeaseOptions & { onTaken: (holder: string) => void }): HeldLease {
  const stop = new AbortController();
  const won = Promise.withResolvers<void>();
  const election = leaseElection({
    ...options,
    onChange: (held) => {
      if (held) won.resolve();
      options.onChange?.(held);
    },
  });
  const running = election.run(stop.signal);
  return {
    isHeld: election.isHeld,
    holder: election.holder,
    won: won.promise,
    guardStore: (store) => guardedStore(store, election.guard),
    guardWorkloads: (workloads) => guardedWorkloads(workloads, election.guard),
    release: async () => {
      stop.abort();
      await running;
    },
  };
}

function guardedStore(store: Store, guard: Guard): Store {
  return {
    get: store.get,
    list: store.list,
    watch: store.watch,
    create: (kind, object) => guard(() => store.create(kind, object)),
    update: (kind, object) => guard(() => store.update(kind, object)),
    updateStatus: (kind, object) => guard(() => store.updateStatus(kind, object)),
    apply: (kind, object, options) => guard(() => store.apply(kind, object, options)),
    delete: (kind, key, options) => guard(() => store.delete(kind, key, options)),
  };
}

function guardedWorkloads(workloads: Workloads, guard: Guard): Workloads {
  return {
    ...workloads,
    apply: (workload) => guard(() => workloads.apply(workload)),
    remove: (key) => guard(() => workloads.remove(key)),
    adopt: (instance, owner, digest, options) => guard(() => workloads.adopt(instance, owner, digest, options)),
    destroy: (instance, options) => guard(() => workloads.destroy(instance, options)),
  };
}
