import type { Activator, Grant, Held, Link, Refusal, ServingLoad } from './activator.ts';
import type { GatewayErrorCode } from './error-codes.ts';
import { ServingSlots, type SlotInstance, type Waiting } from './serving-slots.ts';

export type { SlotInstance } from './serving-slots.ts';

export interface SlotRefusal {
  code: GatewayErrorCode | (string & {});
  message: string;
  retryAfterSeconds: number;
}

/** Who wants a slot. Exactly one of the two is called, unless it is cancelled before. */
export interface Waiter {
  /** How many may wait with it; 0 or absent: as many as the gateway lets. */
  readonly queueLength?: number;
  onSlot(instance: SlotInstance, now: number): void;
  onNoSlot(refusal: SlotRefusal): void;
}

export interface SlotLimits {
  waiting: number;
  waitingPerServing: number;
  coldWaitMs: number;
  /** How long grants stay good, at most, while no scheduler can be reached. */
  schedulerAbsenceMs: number;
  /** How long a scheduler that is back has to confirm them. */
  reconcileMs: number;
}

/** How a use of a slot ended. `unreachable`: the instance did not even take a connection. */
export type Outcome = 'well' | 'failed' | 'unreachable';

/** Who was refused by one instance waits so long for another; there may be none. */
const elsewhereMs = 1000;

/** Capacity is held from `borrow` to `release`: an endpoint is never used without a slot. */
export class Slots {
  waiting = 0;
  readonly #servings = new Map<string, ServingSlots>();
  readonly #dirty = new Set<ServingSlots>();
  readonly #demand: Activator['demand'];
  readonly #limits: SlotLimits;
  readonly #now: () => number;
  readonly #elsewhere: { serving: ServingSlots; waiting: Waiting; until: number }[] = [];
  #absentSince: number | undefined;
  /** Slots were taken back, or given back late: who lent them waits to hear of it. */
  onReturn: () => void = () => undefined;
  /** Called with an instance that is gone, so that its idle connections can be closed. */
  onGone: (instance: SlotInstance) => void = () => undefined;

  constructor(options: { demand: Activator['demand']; limits: SlotLimits; now: () => number }) {
    this.#demand = options.demand;
    this.#limits = options.limits;
    this.#now = options.now;
  }

  /** Calls the waiter at once when a slot is free. `not` is an instance that is given again only when there is no other for a second. */
  borrow(key: string, waiter: Waiter, now: number, not?: SlotInstance): void {
    const serving = this.#serving(key, now);
    if (not === undefined) serving.requests++;
    const instance = serving.queue.size === 0 || not !== undefined ? serving.pick(not, now) : undefined;
    if (instance !== undefined) return give(serving, instance, waiter, now);
    if (this.waiting >= this.#limits.waiting || serving.queue.size >= (waiter.queueLength || this.#limits.waitingPerServing)) {
      return waiter.onNoSlot({
        code: 'QueueFull',
        message: 'Too many requests wait for this function already. Try again later.',
        retryAfterSeconds: 1,
      });
    }
    serving.account(now);
    const waiting = { waiter, deadline: now + this.#limits.coldWaitMs, not };
    serving.queue.set(waiter, waiting);
    if (not !== undefined) this.#elsewhere.push({ serving, waiting, until: now + elsewhereMs });
    this.waiting++;
    this.#changed(serving);
  }

  release(instance: SlotInstance, outcome: Outcome, now: number): void {
    const serving = instance.owner;
    serving.account(now);
    instance.inFlight--;
    serving.inFlight--;
    if (outcome !== 'well') instance.failures++;
    // No more is sent there until the scheduler, or this instance's next grant, says otherwise.
    if (outcome === 'unreachable') instance.slots = 0;
    else if (instance.inFlight >= instance.slots) this.#returned(serving);
    if (instance.slots === 0 && instance.inFlight === 0 && outcome !== 'unreachable') this.#forget(serving, instance);
    else if (serving.queue.size > 0) this.#serve(serving, now);
  }

  cancel(key: string, waiter: Waiter): void {
    const serving = this.#servings.get(key);
    if (serving !== undefined) this.#unqueue(serving, waiter);
  }

  apply(message: Grant | Refusal | Link): void {
    if (message.kind === 'grant') this.#grant(message);
    else if (message.kind === 'refusal') this.#refuse(message);
    else if (message.isUp) this.#schedulerBack();
    else this.#schedulerGone();
  }

  /** What is used now, for a scheduler that may know nothing of it. */
  held(): Held[] {
    const now = this.#now();
    // What is held for longer only because nobody could be reached is named for as long as it has to be confirmed.
    const latest = this.#absentSince === undefined ? Infinity : now + this.#limits.reconcileMs;
    return [...this.#live(now)].map(({ serving, id, endpoint, slots, inFlight, expiresAt }) => ({
      serving,
      instance: id,
      endpoint,
      // More may be in use than it has since some were taken back.
      slots: Math.max(slots, inFlight),
      expiresAt: Math.min(expiresAt, latest),
    }));
  }

  /** Ends waits that are over and grants that expired; called a few times a second. */
  sweep(): void {
    const now = this.#now();
    this.#takeAny(now);
    for (const serving of this.#servings.values()) {
      for (const { waiter, deadline } of serving.queue.values()) {
        if (deadline > now) break;
        this.#unqueue(serving, waiter);
        waiter.onNoSlot(this.#tooLate());
      }
      for (const instance of serving.instances.values()) {
        if (instance.expiresAt > now) continue;
        instance.slots = 0;
        if (instance.inFlight === 0) this.#forget(serving, instance);
      }
    }
  }

  #takeAny(now: number): void {
    const waitedLong = this.#elsewhere.findIndex(({ until }) => until > now);
    for (const { serving, waiting } of this.#elsewhere.splice(0, waitedLong === -1 ? Infinity : waitedLong)) {
      waiting.not = undefined;
      this.#serve(serving, now);
    }
  }

  /** Loads of the Servings with traffic since the last call. */
  takeLoads(): ServingLoad[] {
    const loads: ServingLoad[] = [];
    const now = this.#now();
    for (const serving of this.#servings.values()) {
      const load = serving.takeLoad(now);
      if (load !== undefined) loads.push(load);
      else if (serving.isForgettable) this.#servings.delete(serving.key);
    }
    return loads;
  }

  #serving(key: string, now: number): ServingSlots {
    let serving = this.#servings.get(key);
    if (serving === undefined) this.#servings.set(key, (serving = new ServingSlots(key, now)));
    return serving;
  }

  #grant(grant: Grant): void {
    const now = this.#now();
    const serving = this.#serving(grant.serving, now);
    let instance = serving.instances.get(grant.instance);
    if (instance === undefined) {
      if (grant.slots === 0) return;
      const { endpoint } = grant;
      instance = { id: grant.instance, serving: serving.key, owner: serving, endpoint, slots: 0, inFlight: 0, expiresAt: 0, failures: 0 };
      serving.instances.set(instance.id, instance);
    }
    if (grant.slots < instance.slots) this.#returned(serving);
    instance.slots = grant.slots;
    instance.expiresAt = grant.expiresAt;
    if (grant.slots > 0) {
      instance.endpoint = grant.endpoint;
      this.#serve(serving, now);
    } else if (instance.inFlight === 0) this.#forget(serving, instance);
  }

  // Warm traffic must not depend on the scheduler: docs/decisions has why this is safe.
  #schedulerGone(): void {
    const now = this.#now();
    this.#absentSince ??= now;
    for (const instance of this.#live(now))
      instance.expiresAt = Math.max(instance.expiresAt, this.#absentSince + this.#limits.schedulerAbsenceMs);
  }

  #schedulerBack(): void {
    const now = this.#now();
    if (this.#absentSince === undefined) return;
    this.#absentSince = undefined;
    for (const instance of this.#live(now)) instance.expiresAt = Math.min(instance.expiresAt, now + this.#limits.reconcileMs);
    for (const serving of this.#servings.values()) if (serving.queue.size > 0) this.#changed(serving);
  }

  *#live(now: number): Generator<SlotInstance> {
    for (const serving of this.#servings.values())
      for (const instance of serving.instances.values())
        if ((instance.slots > 0 || instance.inFlight > 0) && instance.expiresAt > now) yield instance;
  }

  #tooLate(): SlotRefusal {
    const { coldWaitMs } = this.#limits;
    return this.#absentSince === undefined
      ? { code: 'ColdStartTimeout', message: `No instance became free within ${coldWaitMs} ms. Try again later.`, retryAfterSeconds: 1 }
      : {
          code: 'SchedulerUnreachable',
          message: `No instance could be asked for within ${coldWaitMs} ms: the scheduler does not answer. Try again later.`,
          retryAfterSeconds: 5,
        };
  }

  #serve(serving: ServingSlots, now: number): void {
    for (const { waiter, not } of serving.queue.values()) {
      const instance = serving.pick(not, now);
      if (instance === undefined) {
        if (not !== undefined) continue;
        return;
      }
      this.#unqueue(serving, waiter);
      give(serving, instance, waiter, now);
    }
  }

  #unqueue(serving: ServingSlots, waiter: Waiter): void {
    if (!serving.queue.has(waiter)) return;
    serving.account(this.#now());
    serving.queue.delete(waiter);
    this.waiting--;
    this.#changed(serving);
  }

  #refuse(refusal: Refusal): void {
    const serving = this.#servings.get(refusal.serving);
    if (serving === undefined) return;
    const retryAfterSeconds = Math.max(1, refusal.retryAfterSeconds);
    // Some wait again at once.
    for (const { waiter } of Array.from(serving.queue.values())) {
      this.#unqueue(serving, waiter);
      waiter.onNoSlot({ code: refusal.code, message: refusal.message, retryAfterSeconds });
    }
  }

  #forget(serving: ServingSlots, instance: SlotInstance): void {
    serving.instances.delete(instance.id);
    if (serving.last === instance) serving.last = undefined;
    this.onGone(instance);
    if (serving.queue.size > 0) this.#changed(serving);
  }

  #returned(serving: ServingSlots): void {
    serving.mustReport = true;
    this.onReturn();
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

function give(serving: ServingSlots, instance: SlotInstance, waiter: Waiter, now: number): void {
  serving.account(now);
  instance.inFlight++;
  serving.inFlight++;
  serving.last = instance;
  waiter.onSlot(instance, now);
}
