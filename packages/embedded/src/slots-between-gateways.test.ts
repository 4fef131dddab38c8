import { ArtifactError } from '@openfunction/artifact';
import { activatorClient, Slots, type SlotInstance, type Waiter } from '@openfunction/gateway';
import type { PodPool, PodPoolOptions } from '@openfunction/pod-pool';
import { fakePlatform, settle, type FakePlatform } from '@openfunction/pod-pool/testing';
import type { PoolScheduler } from '@openfunction/protocol';
import fc from 'fast-check';
import { expect, it } from 'vitest';

const serving = 'default/a';
const limits = { waiting: 1e6, waitingPerServing: 1e6, coldWaitMs: 1e9, schedulerAbsenceMs: 600_000, reconcileMs: 15_000 };

interface Request extends Waiter {
  state: 'waits' | 'runs' | 'refused' | 'served';
  gateway: TestGateway;
  slot?: SlotInstance;
}

/** A real gateway's slots and stream, without the sockets; `cut` is the network between it and the schedulers. */
class TestGateway {
  readonly slots: Slots;
  readonly #end = new AbortController();
  readonly report: () => void;
  #cut = new AbortController();
  isCut = false;

  constructor(id: string, schedulers: readonly PodPool[], now: () => number) {
    const activator = activatorClient({
      pool: schedulers.map(({ service }) => this.#through(service)),
      gatewayId: id,
      now,
      backoffMs: { first: 1, longest: 1 },
    });
    const slots = new Slots({ demand: activator.demand, limits, now });
    this.slots = slots;
    this.report = (): void => {
      const loads = this.slots.takeLoads();
      if (loads.length > 0) activator.report(loads);
    };
    this.slots.onReturn = (): void => queueMicrotask(this.report);
    void (async () => {
      for await (const message of activator.grants(this.#end.signal, () => slots.held())) if (message.kind !== 'dial') slots.apply(message);
    })();
  }

  #through(service: PoolScheduler): Pick<PoolScheduler, 'connect'> {
    const whole = (): AbortSignal | undefined => (this.isCut ? undefined : this.#cut.signal);
    return {
      connect: async function* (requests, signal) {
        const cut = whole();
        if (cut === undefined) throw new Error('cut off');
        for await (const answer of service.connect(requests, AbortSignal.any([signal, cut]))) {
          if (cut.aborted) throw new Error('cut off');
          yield answer;
        }
      },
    };
  }

  cut(): void {
    this.isCut = true;
    this.#cut.abort();
  }

  heal(): void {
    this.isCut = false;
    this.#cut = new AbortController();
  }

  close(): void {
    this.#end.abort();
    this.cut();
  }
}

/** An image that serves by itself: it refuses nothing, however much is sent to it. */
const ofImage: Partial<PodPoolOptions> = {
  artifacts: {
    get: () => Promise.reject(new ArtifactError('NotAModule', 'The reference holds an image.')),
    stat: async () => ({ digest: `sha256:${'1'.repeat(64)}`, kind: 'image' }),
  },
};

class World {
  readonly requests: Request[] = [];
  /** What runs in each instance, which refuses more than its limit before user code, as every runner does. */
  readonly running = new Map<string, number>();
  refusals = 0;
  /** Who was refused, and where: to hear of it takes time. */
  #refused: [Request, SlotInstance][] = [];
  holder = 0;
  readonly pools: PodPool[];
  readonly gateways: TestGateway[];
  readonly platform: FakePlatform;
  readonly limit: number;
  readonly isImage: boolean;

  constructor(platform: FakePlatform, limit: number, isImage = false) {
    this.platform = platform;
    this.limit = limit;
    this.isImage = isImage;
    this.pools = [0, 1].map((at) => platform.start({ ...(isImage ? ofImage : {}), leading: () => this.holder === at }));
    this.gateways = ['a', 'b', 'c'].map((id) => new TestGateway(id, this.pools, () => platform.clock.now()));
  }

  ask(gateway: TestGateway): void {
    const request: Request = {
      state: 'waits',
      gateway,
      onSlot: (instance) => this.#sent(request, instance),
      onNoSlot: () => (request.state = 'refused'),
    };
    this.requests.push(request);
    gateway.slots.borrow(serving, request, this.platform.clock.now());
  }

  #sent(request: Request, instance: SlotInstance): void {
    const now = this.platform.clock.now();
    const running = this.running.get(instance.id) ?? 0;
    const found = this.platform.ground.instances.get(instance.id);
    const isThere = this.isImage ? found?.record.phase === 'Ready' : found?.state === 'Serving';
    if ((!this.isImage && running >= this.limit) || !isThere) {
      this.refusals += 1;
      request.gateway.slots.release(instance, isThere ? 'well' : 'unreachable', now);
      this.#refused.push([request, instance]);
      return;
    }
    this.running.set(instance.id, running + 1);
    Object.assign(request, { state: 'runs', slot: instance });
  }

  answer(request: Request | undefined): void {
    if (request?.slot === undefined || request.state !== 'runs') return;
    this.running.set(request.slot.id, (this.running.get(request.slot.id) ?? 0) - 1);
    request.state = 'served';
    request.gateway.slots.release(request.slot, 'well', this.platform.clock.now());
  }

  /** The network and the back-off of a stream are real time, of a millisecond. */
  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms || passed === 0; passed += 250) {
      await new Promise((done) => setTimeout(done, 3));
      await settle(4);
      this.platform.clock.advance(Math.min(250, ms));
      this.#askElsewhere();
      for (const gateway of this.gateways) {
        gateway.slots.sweep();
        gateway.report();
      }
      await settle(4);
    }
  }

  async take({ what, gateway: at, count }: Step, restMs: number): Promise<void> {
    const gateway = this.gateways[at]!;
    if (what === 'ask') for (let each = 0; each < count; each += 1) this.ask(gateway);
    if (what === 'answer')
      for (const request of this.requests.filter(({ state }) => state === 'runs').slice(0, count)) this.answer(request);
    if (what === 'cut') gateway.cut();
    if (what === 'heal') gateway.heal();
    if (what === 'holder') this.holder = 1 - this.holder;
    await this.pass(what === 'pass' ? restMs : 0);
  }

  #askElsewhere(): void {
    const now = this.platform.clock.now();
    for (const [request, instance] of this.#refused.splice(0)) request.gateway.slots.borrow(serving, request, now, instance);
  }

  /** All that runs is answered, second by second, until nobody waits or it takes too long. */
  async finish(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second += 1) {
      for (const request of this.requests) this.answer(request);
      await this.pass(1000);
      if (this.requests.every(({ state }) => state === 'served')) return;
    }
  }

  async close(): Promise<void> {
    for (const gateway of this.gateways) gateway.close();
    await this.platform.close();
  }
}

async function world(limit: number, maxReplicas: number, isImage = false): Promise<World> {
  const platform = await fakePlatform();
  const annotations = { 'autoscaling.knative.dev/container-concurrency': String(limit) };
  await platform.addServing('a', { spec: { annotations, scaleOptions: { maxReplicas } } });
  const made = new World(platform, limit, isImage);
  await made.pass(2000);
  return made;
}

interface Step {
  what: 'ask' | 'answer' | 'cut' | 'heal' | 'holder' | 'pass';
  gateway: number;
  count: number;
}

/** Nothing happens to the network, nor to who decides. */
const isTraffic = ({ what }: Step): boolean => what === 'ask' || what === 'answer' || what === 'pass';

const step: fc.Arbitrary<Step> = fc.record({
  what: fc.constantFrom('ask', 'ask', 'ask', 'answer', 'answer', 'cut', 'heal', 'holder', 'pass'),
  gateway: fc.nat({ max: 2 }),
  count: fc.integer({ min: 1, max: 6 }),
});

it(
  'three gateways never send more than the limit, and everyone who waits is served in the end, whatever is cut and whoever decides',
  { timeout: 120_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 3 }),
        fc.array(step, { minLength: 10, maxLength: 40 }),
        async (limit, maxReplicas, steps) => {
          const on = await world(limit, maxReplicas);
          try {
            for (const each of steps) {
              await on.take(each, each.count * 2000);
              const inFlight = on.running.values().reduce((sum, each) => sum + each, 0);
              expect(Math.max(0, ...on.running.values())).toBeLessThanOrEqual(limit);
              expect(inFlight).toBeLessThanOrEqual(limit * (maxReplicas + 1));
            }
            for (const gateway of on.gateways) gateway.heal();
            await on.finish(180);
            expect(on.requests.filter(({ state }) => state !== 'served')).toEqual([]);
          } finally {
            await on.close();
          }
        },
      ),
      { numRuns: 15, endOnFailure: true },
    );
  },
);

it(
  'no instance has to refuse anything while all gateways hear one scheduler, which shares the slots among them',
  { timeout: 120_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 5 }), fc.array(step, { minLength: 10, maxLength: 40 }), async (limit, steps) => {
        const on = await world(limit, 1);
        try {
          for (const each of steps.filter(isTraffic)) {
            await on.take(each, 1000);
          }
          await on.finish(120);
          expect(on.requests.filter(({ state }) => state !== 'served')).toEqual([]);
          expect(on.refusals).toBe(0);
        } finally {
          await on.close();
        }
      }),
      { numRuns: 15, endOnFailure: true },
    );
  },
);

it('a gateway that comes later gets its part of a function that can have no more instances', { timeout: 60_000 }, async () => {
  const on = await world(4, 1);
  const [first, second, third] = on.gateways;
  for (let each = 0; each < 20; each += 1) on.ask(first!);
  await on.pass(1000);
  expect(on.requests.filter(({ state }) => state === 'runs')).toHaveLength(4);
  for (let each = 0; each < 3; each += 1) [second, third].forEach((gateway) => on.ask(gateway!));
  for (let round = 0; round < 4; round += 1) {
    for (const request of on.requests) on.answer(request);
    await on.pass(1000);
  }
  const served = (gateway: TestGateway): number => on.requests.filter((one) => one.gateway === gateway && one.state !== 'waits').length;
  expect(served(second!)).toBe(3);
  expect(served(third!)).toBe(3);
  expect(on.refusals).toBe(0);
  await on.close();
});

const most = ({ running }: World): number => Math.max(0, ...running.values());

it('an image, which refuses nothing, gets no more than its limit while gateways hear one scheduler', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 5 }), fc.array(step, { minLength: 10, maxLength: 40 }), async (limit, steps) => {
      const on = await world(limit, 1, true);
      try {
        for (const each of steps.filter(isTraffic)) {
          await on.take(each, 1000);
          expect(most(on)).toBeLessThanOrEqual(limit);
        }
        await on.finish(120);
        expect(on.requests.filter(({ state }) => state !== 'served')).toEqual([]);
      } finally {
        await on.close();
      }
    }),
    { numRuns: 6, endOnFailure: true },
  );
});

it(
  'an image gets no more than the limit from each gateway when they are cut off or the scheduler changes, and the limit again after that',
  { timeout: 120_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 5 }), fc.array(step, { minLength: 10, maxLength: 30 }), async (limit, steps) => {
        const on = await world(limit, 1, true);
        try {
          for (const each of steps) {
            await on.take(each, each.count * 2000);
            expect(most(on)).toBeLessThanOrEqual(limit * on.gateways.length);
          }
          for (const gateway of on.gateways) gateway.heal();
          await on.finish(180);
          expect(on.requests.filter(({ state }) => state !== 'served')).toEqual([]);
          // All gateways have said what they hold, and what they have not named has ended.
          await on.pass(45_000);
          for (const gateway of on.gateways) for (let each = 0; each < 2 * limit; each += 1) on.ask(gateway);
          for (let second = 0; second < 3; second += 1) {
            await on.pass(1000);
            expect(most(on)).toBeLessThanOrEqual(limit);
          }
        } finally {
          await on.close();
        }
      }),
      { numRuns: 6, endOnFailure: true },
    );
  },
);
