import type { Store } from '@openfunction/store';
import type { Workloads } from '@openfunction/workload';
import { leaseElection, type LeaseOptions } from './lease.ts';

export interface HeldLease {
  isHeld(): boolean;
  /** The same store, whose writes are made only while the lease is held. */
  guardStore(store: Store): Store;
  guardWorkloads(workloads: Workloads): Workloads;
  /** Gives it back, so that the next one need not wait. */
  release(): Promise<void>;
}

type Guard = <R>(write: () => Promise<R>) => Promise<R>;

/**
 * Waits until the lease is held. It is kept until released; while it cannot be renewed, reads go on and writes are refused, and
 * `onTaken` tells that someone else has it now.
 */
export async function holdLease(options: Omit<LeaseOptions, 'onChange'> & { onTaken: (holder: string) => void }): Promise<HeldLease> {
  const stop = new AbortController();
  const won = Promise.withResolvers<void>();
  const election = leaseElection({
    ...options,
    onChange: (held) => {
      if (held) won.resolve();
    },
  });
  const running = election.run(stop.signal);
  await won.promise;
  return {
    isHeld: election.isHeld,
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
    adopt: (instance, owner, digest) => guard(() => workloads.adopt(instance, owner, digest)),
    destroy: (instance) => guard(() => workloads.destroy(instance)),
  };
}
