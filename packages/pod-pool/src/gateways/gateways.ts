import type { ConnectRequest, ConnectResponse, Demand, Grant, Hello, ServingLoad } from '@openfunction/protocol';
import { RpcError } from '@openfunction/protocol';
import { ClaimError } from '../claim/claim-error.ts';
import type { Endings } from '../instances/endings.ts';
import type { ServingWorld } from '../serving/world.ts';
import type { Timers } from '../timers.ts';
import type { LoadReport } from '../scaling/load-window.ts';
import { restoreHeld, setWaiting, stillWaiting, type Connections } from './connections.ts';
import { outbox, type Outbox } from './outbox.ts';

/** The streams to gateways: what they ask and report, and what they are told. */
export interface Gateways {
  connect(requests: AsyncIterable<ConnectRequest>, signal: AbortSignal): AsyncIterable<ConnectResponse>;
  /** Until when somebody told what is carried; now, when all have been away for so long that none can carry anything. */
  heardUntil(now: number): number;
  /** Tells who waits for the Serving that no instance can be had now. */
  refuse(world: ServingWorld, error: ClaimError): void;
  /** What a gateway said that it holds of the instance, when it connected before the instance was known. */
  recall(world: ServingWorld, instance: string): void;
  /** A stream that only the holder can give, and that ends when it ceases to be the holder. */
  whileLeading<T>(stream: (signal: AbortSignal) => AsyncIterable<T>, signal: AbortSignal): AsyncIterable<T>;
  /** Ends all streams: gateways go to the holder. */
  disconnectAll(): void;
}

export interface GatewaysOptions {
  connections: Connections;
  worlds: ReadonlyMap<string, ServingWorld>;
  endings: Endings;
  timers: Timers;
  leading: () => boolean;
  /** What runs is known. */
  isKnown: () => boolean;
  /** Something about who waits changed. */
  onDemand: (world: ServingWorld) => void;
}

/** A gateway without a scheduler uses what it has for so long: docs/decisions has why. */
const absenceMs = 600_000;
/** Between two reports of what is always busy lies less. */
const restMs = 1000;
/** For as long as the leases of a gateway last that is cut off. */
const cutOffMs = 30_000;
const listWaitMs = 20;

const unknownMs = 250;

export function gateways(options: GatewaysOptions): Gateways {
  const { connections, worlds, endings, timers } = options;
  const held = new Map<string, readonly Grant[]>();
  /** What a gateway last asked of a Serving that is not known. */
  const unknown = new Map<string, Demand>();
  let standing = new AbortController();
  let lastHeardAt = timers.now();

  function greet({ gatewayId: gateway, held: told, nowMs }: Hello, own: Outbox<ConnectResponse>): void {
    // Clocks of two machines differ, and one of them may have been set since the other process began.
    const aheadMs = nowMs === 0 ? 0 : nowMs - timers.now();
    const grants = told.map((grant) => ({ ...grant, expiresAtMs: grant.expiresAtMs - aheadMs }));
    connections.set(gateway, { outbox: own, aheadMs, sent: 0, unseen: [] });
    for (const [other, given] of held) if (given.every(({ expiresAtMs }) => expiresAtMs <= timers.now())) held.delete(other);
    held.set(gateway, grants);
    for (const world of worlds.values()) restoreHeld(world, gateway, grants);
    // What it carried since it was last heard will never be known.
    for (const { serving } of grants) keep(worlds.get(serving), (world) => world.limits.kpa.stableWindowMs);
  }

  /** What is not known may be too new to be, or have gone just now: who waits is told after a while, with time to hear of it too. */
  function later(wanted: Demand, gateway: string): void {
    const { serving } = wanted;
    const id = `${gateway} ${serving}`;
    const isUnderWay = unknown.has(id);
    unknown.set(id, wanted);
    if (isUnderWay) return;
    timers.after(unknownMs, () => {
      const last = unknown.get(id);
      unknown.delete(id);
      if (last === undefined) return;
      if (worlds.has(serving)) return demand(last, gateway);
      const message = `There is no Serving "${serving}". Deploy the function again.`;
      if (last.waiting > 0) push(gateway, serving, new ClaimError('ServingNotFound', message), 1);
    });
  }

  function demand(wanted: Demand, gateway: string): void {
    const { serving, waiting } = wanted;
    const connection = connections.get(gateway);
    if (connection === undefined) return;
    const world = worlds.get(serving);
    if (world === undefined) return later(wanted, gateway);
    unknown.delete(`${gateway} ${serving}`);
    setWaiting(world, gateway, stillWaiting(connection, wanted));
    if (waiting > 0) used(world, gateway);
    options.onDemand(world);
  }

  function report(load: ServingLoad, { gateway, grantsSeen }: { gateway: string; grantsSeen: number }): void {
    endings.hear(gateway, load);
    const world = worlds.get(load.serving);
    if (world === undefined) return;
    world.window.add(gateway, reportOf(world, load, timers.now()));
    if (load.requests > 0 || load.inFlight > 0) used(world, gateway);
    const named = new Map(load.instances.map((each) => [each.instance, each.inFlight]));
    for (const [id, { inFlight, leases }] of world.replicas) {
      const used = named.get(id) ?? 0;
      inFlight.set(gateway, used);
      leases.confirm(gateway, { inFlight: used, grantsSeen });
    }
    for (const { instance, inFlight, failures } of load.instances)
      if (failures > 0 && inFlight === 0 && world.image === undefined) endings.drain(world, instance);
    options.onDemand(world);
  }

  function used(world: ServingWorld, gateway: string): void {
    const now = timers.now();
    if (world.wasCalled && now - world.lastRequestAt >= restMs) world.idle?.rested(now - world.lastRequestAt);
    world.wasCalled = true;
    world.lastRequestAt = now;
    world.lastUse.set(gateway, world.lastRequestAt);
  }

  function push(gateway: string, serving: string, { code, message }: ClaimError, retryAfterSeconds: number): void {
    connections.get(gateway)?.outbox.push({ refusal: { serving, code, message, retryAfterSeconds } });
  }

  function disconnect(gateway: string, own: Outbox<ConnectResponse>): void {
    if (connections.get(gateway)?.outbox !== own) return;
    connections.delete(gateway);
    for (const world of worlds.values()) {
      world.waiting.delete(gateway);
      world.lastUse.delete(gateway);
      world.window.remove(gateway);
      for (const replica of world.replicas.values()) {
        replica.inFlight.delete(gateway);
        if (replica.leases.slotsOf(gateway) > 0) keep(world, () => cutOffMs);
      }
    }
    lastHeardAt = timers.now();
  }

  function keep(world: ServingWorld | undefined, ms: (world: ServingWorld) => number): void {
    if (world !== undefined) world.keepUntil = Math.max(world.keepUntil, timers.now() + ms(world));
  }

  async function* connect(requests: AsyncIterable<ConnectRequest>, signal: AbortSignal): AsyncGenerator<ConnectResponse> {
    if (!options.leading()) throw notHolder();
    const own = outbox<ConnectResponse>();
    const over = new AbortController();
    const standsUntil = standing.signal;
    let gateway = '';
    const read = async (): Promise<void> => {
      for await (const { hello, demand: wanted, load } of requests) {
        if (hello !== undefined) {
          own.push({ welcome: {} });
          gateway = hello.gatewayId;
          greet(hello, own);
        } else if (gateway === '') throw new RpcError('InvalidArgument', 'The first message must be hello.');
        else if (wanted !== undefined) demand(wanted, gateway);
        else for (const each of load?.servings ?? []) report(each, { gateway, grantsSeen: load?.grantsSeen ?? 0 });
      }
    };
    const reading = read().catch((error: unknown) => {
      // A gateway that goes is no failure.
      if (!(error instanceof RpcError) || error.code !== 'Canceled') throw error;
    });
    timers.background(
      'Reading a gateway',
      reading.finally(() => over.abort()),
    );
    try {
      yield* own.read(AbortSignal.any([signal, timers.signal, over.signal, standsUntil]));
      if (standsUntil.aborted) throw notHolder();
    } finally {
      disconnect(gateway, own);
    }
  }

  async function* whileLeading<T>(stream: (signal: AbortSignal) => AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
    const standsUntil = standing.signal;
    const until = AbortSignal.any([signal, timers.signal, standsUntil]);
    // Who has just begun would say of everything that nothing of it runs.
    while (options.leading() && !options.isKnown() && !until.aborted) await timers.sleep(listWaitMs);
    if (!options.leading()) throw notHolder();
    yield* stream(until);
    if (standsUntil.aborted) throw notHolder();
  }

  return {
    connect,
    heardUntil: (now) => (connections.size > 0 || now - lastHeardAt >= absenceMs ? now : lastHeardAt),
    whileLeading,
    recall: (world, instance) => {
      for (const [gateway, grants] of held) {
        const named = grants.find((grant) => grant.instance === instance);
        if (named !== undefined && named.expiresAtMs > timers.now())
          world.replicas.get(instance)?.leases.restore(gateway, { slots: named.slots, expiresAt: named.expiresAtMs });
      }
    },
    refuse: (world, error) => {
      const retryAfterSeconds = Math.max(1, Math.ceil((world.retryAt - timers.now()) / 1000));
      for (const [gateway, waiting] of world.waiting) if (waiting > 0) push(gateway, world.id, error, retryAfterSeconds);
      world.waiting.clear();
    },
    disconnectAll: () => {
      standing.abort();
      standing = new AbortController();
    },
  };
}

function reportOf({ limits }: ServingWorld, load: ServingLoad, now: number): LoadReport {
  const overMs = load.overMs || 1000;
  return { at: now, overMs, value: limits.kpa.metric === 'rps' ? (load.requests * 1000) / overMs : load.averageConcurrency };
}

function notHolder(): RpcError {
  return new RpcError('Unavailable', 'NotHolder: this replica claims no instances now. Ask another one.');
}
