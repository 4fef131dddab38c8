import type { Endpoint, ServingLoad } from './activator.ts';
import type { Waiter } from './slots.ts';

/** One instance with the slots that this gateway was granted of it. */
export interface SlotInstance {
  readonly id: string;
  readonly serving: string;
  readonly owner: ServingSlots;
  endpoint: Endpoint;
  slots: number;
  inFlight: number;
  expiresAt: number;
  failures: number;
}

export interface Waiting {
  waiter: Waiter;
  deadline: number;
  /** An instance that is not given again for a while. */
  not: SlotInstance | undefined;
}

/** What the gateway knows of one Serving: its instances, who waits, and the load since the last report. */
export class ServingSlots {
  readonly key: string;
  readonly instances: Map<string, SlotInstance> = new Map();
  readonly queue: Map<Waiter, Waiting> = new Map();
  last: SlotInstance | undefined;
  inFlight = 0;
  requests = 0;
  /** The next report tells of it, with or without requests. */
  mustReport = false;
  #area = 0;
  #areaSince: number;
  #reportedAt: number;

  constructor(key: string, now: number) {
    this.key = key;
    this.#areaSince = now;
    this.#reportedAt = now;
  }

  /** Before in-flight or the queue changes. */
  account(now: number): void {
    this.#area += (now - this.#areaSince) * (this.inFlight + this.queue.size);
    this.#areaSince = now;
  }

  /** The most recently used one with room: its connections and caches are hot, and the others may expire. */
  pick(not: SlotInstance | undefined, now: number): SlotInstance | undefined {
    const { last } = this;
    if (last !== undefined && last !== not && last.inFlight < last.slots && last.expiresAt > now) return last;
    for (const instance of this.instances.values()) {
      if (instance !== not && instance.inFlight < instance.slots && instance.expiresAt > now) return instance;
    }
    return undefined;
  }

  /** The load since the last call; undefined: there was none. */
  takeLoad(now: number): ServingLoad | undefined {
    this.account(now);
    const overMs = Math.round(this.#areaSince - this.#reportedAt);
    const averageConcurrency = overMs > 0 ? this.#area / overMs : this.inFlight;
    const instances = [...this.instances.values()].map(({ id, inFlight, failures }) => ({ instance: id, inFlight, failures }));
    const failed = instances.some(({ failures }) => failures > 0);
    const isLoaded = this.requests > 0 || this.#area > 0 || this.inFlight > 0 || failed;
    const load = { serving: this.key, inFlight: this.inFlight, averageConcurrency, requests: this.requests, overMs, instances };
    const isTold = isLoaded || this.mustReport;
    // That there is nothing any more is told once.
    this.mustReport = isLoaded;
    this.requests = 0;
    this.#area = 0;
    this.#reportedAt = this.#areaSince;
    for (const instance of this.instances.values()) instance.failures = 0;
    return isTold ? load : undefined;
  }

  get isForgettable(): boolean {
    return this.instances.size === 0 && this.queue.size === 0 && this.inFlight === 0;
  }
}
