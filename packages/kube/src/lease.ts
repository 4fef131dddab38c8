import { StoreError, type Store } from '@openfunction/store';
import type { Key, KubeObject, ResourceKind } from '@openfunction/resources';
import { systemClock, type Clock } from './clock.ts';

interface Lease extends KubeObject {
  spec?: { holderIdentity?: string; leaseDurationSeconds?: number; acquireTime?: string; renewTime?: string; leaseTransitions?: number };
}

const leases: ResourceKind<Lease> = {
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  namespaced: true,
  hasStatus: false,
};

export interface LeaseOptions {
  store: Pick<Store, 'get' | 'create' | 'update'>;
  key: Key;
  /** Unique among all that compete, also across restarts. */
  identity: string;
  /** Others may take over after so long without a renewal. Default 15 s. */
  leaseMs?: number;
  /** The holder steps down when it could not renew for so long. Default 10 s; less than `leaseMs`. */
  renewMs?: number;
  /** The holder renews it, and others look at it, this often. Default 2 s and 1 s. */
  retryMs?: number;
  pollMs?: number;
  /** Monotonic: a wall clock that jumps must not prolong a lease. */
  clock?: Clock;
  /** Wall time for the record that people read; decides nothing. */
  wallTime?: () => Date;
  onChange?: (held: boolean) => void;
  /** Told when another took over what this process held. */
  onTaken?: (holder: string) => void;
  onError?: (error: unknown) => void;
}

export class NotHolderError extends Error {
  readonly code = 'NotHolder';
  constructor(key: Key) {
    super(
      `The write was not made: this process does not hold the lease "${key.name}", or holds it for too short a time. Its present holder will make it.`,
    );
    this.name = 'NotHolderError';
  }
}

export interface LeaseElection {
  isHeld(): boolean;
  /** Who held it when it was last looked at; this process included. */
  holder(): string | undefined;
  /** Starts the write only while the lease is held with time to spare; otherwise throws {@link NotHolderError}. */
  guard<R>(write: () => Promise<R>): Promise<R>;
  /** Competes until aborted, then gives the lease back. */
  run(signal: AbortSignal): Promise<void>;
}

interface Observed {
  record: string;
  at: number;
}

/** Election of one among many by a Lease object, as the other controllers of a cluster do it. */
export function leaseElection(options: LeaseOptions): LeaseElection {
  const {
    store,
    key,
    identity,
    leaseMs = 15_000,
    renewMs = 10_000,
    retryMs = 2_000,
    pollMs = 1_000,
    clock = systemClock,
    wallTime = () => new Date(),
  } = options;
  let heldUntil = -Infinity;
  let announced = false;
  let observed: Observed | undefined;
  let holder: string | undefined;

  const isHeld = (): boolean => clock.now() < heldUntil;

  function announce(): void {
    if (announced === isHeld()) return;
    announced = !announced;
    options.onChange?.(announced);
  }

  function record(old: Lease | undefined): Lease['spec'] {
    const now = wallTime().toISOString().replace('Z', '000Z');
    const mine = old?.spec?.holderIdentity === identity;
    return {
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(leaseMs / 1000),
      acquireTime: mine ? old?.spec?.acquireTime : now,
      renewTime: now,
      leaseTransitions: (old?.spec?.leaseTransitions ?? 0) + (mine || old === undefined ? 0 : 1),
    };
  }

  /** Others' clocks are not trusted: a lease is free when its record stood unchanged for its duration on our own clock. */
  function isFree(lease: Lease): boolean {
    if (!lease.spec?.holderIdentity || lease.spec.holderIdentity === identity) return true;
    const seen = JSON.stringify(lease.spec);
    if (observed?.record !== seen) observed = { record: seen, at: clock.now() };
    return clock.now() - observed.at >= (lease.spec.leaseDurationSeconds ?? leaseMs / 1000) * 1000;
  }

  async function attempt(): Promise<void> {
    // Counted from before the request: the record may have been written at once and the answer been slow.
    const startedAt = clock.now();
    const lease = await store.get(leases, key);
    if (lease === undefined) {
      await store.create(leases, { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { ...key }, spec: record(undefined) });
    } else {
      if (!isFree(lease)) {
        if (heldUntil !== -Infinity) options.onTaken?.(lease.spec?.holderIdentity ?? '');
        heldUntil = -Infinity;
        holder = lease.spec?.holderIdentity;
        return;
      }
      await store.update(leases, { ...lease, spec: record(lease) });
    }
    heldUntil = startedAt + renewMs;
    holder = identity;
  }

  async function tryOnce(): Promise<void> {
    try {
      await attempt();
    } catch (error) {
      const lostRace = error instanceof StoreError && (error.code === 'Conflict' || error.code === 'AlreadyExists');
      if (!lostRace) options.onError?.(error);
    }
    announce();
  }

  async function release(): Promise<void> {
    if (!isHeld()) return;
    heldUntil = -Infinity;
    announce();
    const lease = await store.get(leases, key);
    if (lease?.spec?.holderIdentity !== identity) return;
    await store.update(leases, { ...lease, spec: { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1 } });
  }

  return {
    isHeld,
    holder: () => holder,
    guard: async (write) => {
      // A write on its way must land before anyone else may take over.
      if (heldUntil - clock.now() < renewMs / 5) throw new NotHolderError(key);
      return write();
    },
    run: async (signal) => {
      while (!signal.aborted) {
        await tryOnce();
        const until = isHeld() ? Math.min(retryMs, heldUntil - clock.now()) : pollMs;
        await clock.sleep(until, signal);
        announce();
      }
      await release().catch((error: unknown) => options.onError?.(error));
    },
  };
}
