import type { Activator, Endpoint, Grant, Refusal, ServingLoad } from './activator.ts';
import type { GatewayErrorCode } from './error-codes.ts';

/** One instance with the slots that this gateway was granted of it. */
export interface SlotInstance {
  readonly id: string;
  readonly serving: string;
  endpoint: Endpoint;
  slots: number;
  inFlight: number;
  expiresAt: number;
  failures: number;
}

/** Who wants a slot. Exactly one of the two is called, unless it is cancelled before. */
export interface Waiter {
  onSlot(instance: SlotInstance): void;
  onNoSlot(refusal: { code: GatewayErrorCode | (string & {}); message: string; retryAfterSeconds: number }): void;
}

export interface SlotLimits {
  waiting: number;
  waitingPerServing: number;
  coldWaitMs: number;
}

interface Waiting {
  waiter: Waiter;
  deadline: number;
  not: SlotInstance | undefined;
}

interface ServingSlots {
  key: string;
  instances: Map<string, SlotInstance>;
  last: SlotInstance | undefined;
  queue: Map<Waiter, Waiting>;
  inFlight: number;
  requests: number;
  area: number;
  areaSince: number;
  reportedAt: number;
}

/** Capacity is held from `borrow` to `release`: an endpoint is never used without a slot. */
export class Slots {
  waiting = 0;
  readonly #servings = new Map<string, ServingSlots>();
  readonly #dirty = new Set<ServingSlots>();
  readonly #demand: Activator['demand'];
  readonly #limits: SlotLimits;
  readonly #now: () => number;
  /** Called with an instance that is gone, so that its idle connections can be closed. */
  onGone: (instance: SlotInstance) => void = () => undefined;

  constructor(options: { demand: Activator['demand']; limits: SlotLimits; now: () => number }) {
    this.#demand = options.demand;
    this.#limits = options.limits;
    this.#now = options.now;
  }

  /** Calls the waiter at once when a slot is free. `not` is an instance that must not be given again. */
  borrow(key: string, waiter: Waiter, not?: SlotInstance): void {
    const serving = this.#serving(key);
    if (not === undefined) serving.requests++;
    const instance = serving.queue.size === 0 || not !== undefined ? this.#pick(serving, not) : undefined;
    if (instance !== undefined) return this.#give(serving, instance, waiter);
    if (this.waiting >= this.#limits.waiting || serving.queue.size >= this.#limits.waitingPerServing) {
      return waiter.onNoSlot({
        code: 'QueueFull',
        message: 'Too many requests wait for this function already. Try again later.',
        retryAfterSeconds: 1,
      });
    }
    this.#account(serving);
    serving.queue.set(waiter, { waiter, deadline: this.#now() + this.#limits.coldWaitMs, not });
    this.waiting++;
    this.#changed(serving);
  }

  release(instance: SlotInstance, failed: boolean): void {
    const serving = this.#serving(instance.serving);
    this.#account(serving);
    instance.inFlight--;
    serving.inFlight--;
    if (failed) instance.failures++;
    if (instance.slots === 0 && instance.inFlight === 0) this.#forget(serving, instance);
    else if (serving.queue.size > 0) this.#serve(serving);
  }

  cancel(key: string, waiter: Waiter): void {
    const serving = this.#servings.get(key);
    if (serving !== undefined) this.#unqueue(serving, waiter);
  }

  apply(message: Grant | Refusal): void {
    if (message.kind === 'refusal') return this.#refuse(message);
    const serving = this.#serving(message.serving);
    let instance = serving.instances.get(message.instance);
    if (instance === undefined) {
      if (message.slots === 0) return;
      instance = {
        id: message.instance,
        serving: serving.key,
        endpoint: message.endpoint,
        slots: 0,
        inFlight: 0,
        expiresAt: 0,
        failures: 0,
      };
      serving.instances.set(instance.id, instance);
    }
    instance.slots = message.slots;
    instance.expiresAt = message.expiresAt;
    if (message.slots > 0) {
      instance.endpoint = message.endpoint;
      this.#serve(serving);
    } else if (instance.inFlight === 0) this.#forget(serving, instance);
  }

  /** Ends waits that are over and grants that expired; called a few times a second. */
  sweep(): void {
    const now = this.#now();
    for (const serving of this.#servings.values()) {
      for (const { waiter, deadline } of serving.queue.values()) {
        if (deadline > now) break;
        this.#unqueue(serving, waiter);
        waiter.onNoSlot({
          code: 'ColdStartTimeout',
          message: `No instance became free within ${this.#limits.coldWaitMs} ms. Try again later.`,
          retryAfterSeconds: 1,
        });
      }
      for (const instance of serving.instances.values()) {
        if (instance.expiresAt > now) continue;
        instance.slots = 0;
        if (instance.inFlight === 0) this.#forget(serving, instance);
      }
    }
  }

  /** Demand again for all who wait: after the stream to the scheduler was renewed. */
  repeatDemand(): void {
    for (const serving of this.#servings.values()) if (serving.queue.size > 0) this.#changed(serving);
  }

  /** Loads of the Servings with traffic since the last call. */
  takeLoads(): ServingLoad[] {
    const loads: ServingLoad[] = [];
    for (const serving of this.#servings.values()) {
      this.#account(serving);
      const elapsed = serving.areaSince - serving.reportedAt;
      const averageConcurrency = elapsed > 0 ? serving.area / elapsed : serving.inFlight;
      if (serving.requests > 0 || serving.area > 0 || serving.inFlight > 0) loads.push(loadOf(serving, averageConcurrency));
      else if (serving.instances.size === 0 && serving.queue.size === 0) this.#servings.delete(serving.key);
      serving.requests = 0;
      serving.area = 0;
      serving.reportedAt = serving.areaSince;
      for (const instance of serving.instances.values()) instance.failures = 0;
    }
    return loads;
  }

  #serving(key: string): ServingSlots {
    let serving = this.#servings.get(key);
    if (serving === undefined) {
      const now = this.#now();
      serving = {
        key,
        instances: new Map(),
        last: undefined,
        queue: new Map(),
        inFlight: 0,
        requests: 0,
        area: 0,
        areaSince: now,
        reportedAt: now,
      };
      this.#servings.set(key, serving);
    }
    return serving;
  }

  #account(serving: ServingSlots): void {
    const now = this.#now();
    serving.area += (now - serving.areaSince) * (serving.inFlight + serving.queue.size);
    serving.areaSince = now;
  }

  /** The most recently used one with room: its connections and caches are hot, and the others may expire. */
  #pick(serving: ServingSlots, not: SlotInstance | undefined): SlotInstance | undefined {
    const now = this.#now();
    const last = serving.last;
    if (last !== undefined && last !== not && last.inFlight < last.slots && last.expiresAt > now) return last;
    for (const instance of serving.instances.values()) {
      if (instance !== not && instance.inFlight < instance.slots && instance.expiresAt > now) return instance;
    }
    return undefined;
  }

  #give(serving: ServingSlots, instance: SlotInstance, waiter: Waiter): void {
    this.#account(serving);
    instance.inFlight++;
    serving.inFlight++;
    serving.last = instance;
    waiter.onSlot(instance);
  }

  #serve(serving: ServingSlots): void {
    for (const { waiter, not } of serving.queue.values()) {
      const instance = this.#pick(serving, not);
      if (instance === undefined) {
        if (not !== undefined) continue;
        return;
      }
      this.#unqueue(serving, waiter);
      this.#give(serving, instance, waiter);
    }
  }

  #unqueue(serving: ServingSlots, waiter: Waiter): void {
    if (!serving.queue.has(waiter)) return;
    this.#account(serving);
    serving.queue.delete(waiter);
    this.waiting--;
    this.#changed(serving);
  }

  #refuse(refusal: Refusal): void {
    const serving = this.#servings.get(refusal.serving);
    if (serving === undefined) return;
    for (const { waiter } of serving.queue.values()) {
      this.#unqueue(serving, waiter);
      waiter.onNoSlot(refusal);
    }
  }

  #forget(serving: ServingSlots, instance: SlotInstance): void {
    serving.instances.delete(instance.id);
    if (serving.last === instance) serving.last = undefined;
    this.onGone(instance);
    if (serving.queue.size > 0) this.#changed(serving);
  }

  // Many requests of one turn make one demand.
  #changed(serving: ServingSlots): void {
    if (this.#dirty.size === 0) {
      queueMicrotask(() => {
        const dirty = [...this.#dirty];
        this.#dirty.clear();
        for (const each of dirty) this.#demand(each.key, each.queue.size);
      });
    }
    this.#dirty.add(serving);
  }
}

function loadOf(serving: ServingSlots, averageConcurrency: number): ServingLoad {
  const instances = [...serving.instances.values()].map(({ id, inFlight, failures }) => ({ instance: id, inFlight, failures }));
  return { serving: serving.key, inFlight: serving.inFlight, averageConcurrency, requests: serving.requests, instances };
}
