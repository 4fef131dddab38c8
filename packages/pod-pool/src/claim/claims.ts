import type { KeyObject } from 'node:crypto';
import type { FetchedArtifact } from '@openfunction/artifact';
import { keyText } from '@openfunction/resources';
import type { Digest, Instance, Workloads } from '@openfunction/workload';
import { WorkloadError } from '@openfunction/workload';
import type { Endings } from '../instances/endings.ts';
import type { FreshInstance, FreshStock } from '../instances/fresh-stock.ts';
import type { InstanceControl } from '../instances/instance-control.ts';
import type { Ledger } from '../instances/ledger.ts';
import type { PoolMetrics } from '../metrics.ts';
import { ownerOf, type Replica, type ServingWorld } from '../serving/world.ts';
import type { SettingsProblem } from '../settings/settings-of.ts';
import { slotLeases } from '../slots/lease.ts';
import type { Timers } from '../timers.ts';
import { retryDelayMs } from './back-off.ts';
import { ClaimError, isFault } from './claim-error.ts';
import { loadFunction } from './load-function.ts';

export interface ClaimsOptions {
  workloads: Pick<Workloads, 'adopt' | 'hindrance'>;
  /** The bytes that are loaded are checked by the instance, against the ticket. */
  artifact: (world: ServingWorld, options: { readerChecks: boolean }) => Promise<FetchedArtifact>;
  control: InstanceControl;
  ledger: Ledger;
  stock: FreshStock;
  endings: Endings;
  timers: Timers;
  metrics: PoolMetrics;
  privateKey: KeyObject;
  leaseMs: number;
  /** What instances know of the time: a ticket ends by it. */
  wallTime: () => number;
  settingsOf: (world: ServingWorld, fresh: FreshInstance, fetched: FetchedArtifact) => { settings: object; loadTimeoutMs: number };
  problemOf: (world: ServingWorld) => SettingsProblem | undefined;
  /** Whether another instance is to take the place that a recorded one leaves. */
  refills: (world: ServingWorld) => boolean;
  /** The instance is the Serving's, and no more the pool's. */
  onRecorded: (id: string) => void;
  /** Someone waits for an instance of the pool, or one was taken. */
  onPoolChange: () => void;
  /** The instance is likely to be loaded for the Serving. */
  onComing: (world: ServingWorld, instance: Instance) => void;
  /** The Serving has one instance more. */
  onServing: (world: ServingWorld, id: string) => void;
  onRefusal: (world: ServingWorld, error: ClaimError) => void;
  onChange: (world: ServingWorld) => void;
}

/** Makes Fresh instances of the pool into instances of Servings. */
export interface Claims {
  /** Never throws: what fails is told by `onRefusal`. */
  claim(world: ServingWorld): Promise<void>;
  /** Counts an instance that already is this function. */
  addReplica(world: ServingWorld, instance: Replica['instance']): void;
  /** Records that the instance belongs to the Serving; tries again, and ends the instance when it cannot be recorded. */
  record(world: ServingWorld, id: string, digest: Digest): Promise<void>;
}

const waitForFreshMs = 25_000;
/** A pool that is refilled is not asked what is wrong with it. */
const hindranceMs = 2000;
/** The record is written when the first byte is likely on its way. */
const recordDelayMs = 30;
const recordAttempts = 5;

export function claims(options: ClaimsOptions): Claims {
  const { workloads, ledger, stock, endings, timers, metrics } = options;

  async function freshFor(world: ServingWorld): Promise<FreshInstance> {
    const pool = keyText(world.shape.key);
    const present = stock.take(pool);
    if (present !== undefined) return present;
    const waited = stock.wait(pool, waitForFreshMs);
    options.onPoolChange();
    const known = sayWhatHinders(world);
    const fresh = await waited;
    const hindrance = known.stop();
    if (fresh !== undefined) return fresh;
    throw hindrance ?? new ClaimError('NoInstance', 'No warm instance became ready in time. Try again, or make the pool larger.');
  }

  /** Tells those who wait that there is no use in it, as soon as the ground knows; an instance that comes all the same is taken. */
  function sayWhatHinders(world: ServingWorld): { stop(): ClaimError | undefined } {
    let isOver = false;
    let found: ClaimError | undefined;
    const look = async (): Promise<void> => {
      if (isOver || timers.signal.aborted) return;
      const trouble = await workloads.hindrance?.(world.shape.key);
      if (trouble !== undefined && !isOver) refuse(world, (found = new ClaimError(trouble.code, trouble.message)));
      else timers.after(hindranceMs, later);
    };
    const later = (): void => timers.background('Asking what hinders a pool', look());
    if (workloads.hindrance !== undefined) timers.after(hindranceMs, later);
    return {
      stop: () => {
        isOver = true;
        return found;
      },
    };
  }

  async function attempt(world: ServingWorld, readerChecks: boolean): Promise<void> {
    const problem = options.problemOf(world);
    if (problem !== undefined) throw new ClaimError(problem.code, problem.message);
    // Who waits can connect while the artifact is read, when nothing else is done yet.
    const coming = stock.next(keyText(world.shape.key));
    if (coming !== undefined) options.onComing(world, coming.instance);
    const fetched = await options.artifact(world, { readerChecks });
    world.verified = true;
    world.digest = fetched.digest;
    const fresh = await freshFor(world);
    const { id } = fresh.instance;
    try {
      if (world.gone) throw deleted();
      if (fresh !== coming) options.onComing(world, fresh.instance);
      const { settings, loadTimeoutMs } = options.settingsOf(world, fresh, fetched);
      const { control, privateKey } = options;
      await loadFunction({ world, fresh, fetched, settings, control, privateKey, now: options.wallTime(), timeoutMs: loadTimeoutMs });
      if (world.gone || !ledger.advance(id, 'Serving')) throw deleted();
    } catch (error) {
      // Someone else loaded it, and it goes on: what it is will be learned. Otherwise never cleaned, never used again.
      if (error instanceof ClaimError && error.code === 'Refused') ledger.forget(id);
      else endings.destroy(id, { world });
      throw error;
    }
    addReplica(world, fresh.instance);
    timers.after(recordDelayMs, () => timers.background('Recording a claim', record(world, id, fetched.digest)));
  }

  function addReplica(world: ServingWorld, instance: Replica['instance']): void {
    if (world.replicas.size === 0) world.activeSince = timers.now();
    world.replicas.set(instance.id, {
      instance,
      leases: slotLeases(world.limits.concurrency, options.leaseMs),
      inFlight: new Map(),
      since: timers.now(),
      isLeaving: false,
    });
    world.hasBegun ||= world.replicas.size >= world.limits.initial;
    world.verified = true;
    world.proven = true;
    world.reason = world.message = world.detail = '';
    world.failures = world.retryAt = 0;
    options.onServing(world, instance.id);
  }

  async function record(world: ServingWorld, id: string, digest: Digest): Promise<void> {
    for (let attempts = 1; ; attempts += 1) {
      if (timers.signal.aborted || world.gone || ledger.stageOf(id) !== 'Serving') return;
      try {
        await workloads.adopt(id, ownerOf(world), digest, { refill: options.refills(world) });
        return options.onRecorded(id);
      } catch (error) {
        const isGone = error instanceof WorkloadError && error.code === 'InstanceNotFound';
        if (isGone || attempts === recordAttempts) {
          endings.drain(world, id);
          throw error;
        }
        await timers.sleep(retryDelayMs(attempts));
      }
    }
  }

  async function withRetry(world: ServingWorld): Promise<void> {
    try {
      await attempt(world, true);
    } catch (error) {
      if (!(error instanceof ClaimError) || !error.retriable || world.gone || timers.signal.aborted) throw error;
      // What was damaged on its way is read again, and then it is said what is wrong with it.
      await attempt(world, error.code !== 'DigestMismatch');
    }
  }

  function refuse(world: ServingWorld, error: ClaimError): void {
    // It turned out to be no function of ours: its instances come otherwise.
    if (world.image !== undefined) return;
    metrics.refused(error.code);
    world.reason = error.code;
    world.message = error.message;
    world.detail = error.detail;
    world.failures += 1;
    world.retryAt = timers.now() + retryDelayMs(world.failures);
    if (!timers.signal.aborted) options.onRefusal(world, error);
  }

  return {
    addReplica,
    record,
    claim: async (world) => {
      const began = performance.now();
      world.starting += 1;
      options.onChange(world);
      try {
        await withRetry(world);
        metrics.claimed(performance.now() - began);
      } catch (error) {
        if (isFault(error)) timers.background('A claim', Promise.reject(error));
        refuse(world, ClaimError.from(error));
      } finally {
        if (world.image === undefined) world.starting -= 1;
        options.onChange(world);
        options.onPoolChange();
      }
    },
  };
}

function deleted(): ClaimError {
  return new ClaimError(
    'ServingDeleted',
    'The Serving was deleted while an instance loaded it. Try again: a newer one may have its place.',
  );
}
