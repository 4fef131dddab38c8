import type { ConnectResponse, Demand, Endpoint, Grant } from '@openfunction/protocol';
import type { Endpoint as InstanceEndpoint, Instance } from '@openfunction/workload';
import type { Replica, ServingWorld } from '../serving/world.ts';
import type { Lease } from '../slots/lease.ts';
import type { Outbox } from './outbox.ts';

/** The stream of a gateway that is connected now. */
export interface Connection {
  outbox: Outbox<ConnectResponse>;
  /** How far the gateway's clock is ahead of this one. All times on the wire are the gateway's. */
  aheadMs: number;
  /** Grants that were sent on it. */
  sent: number;
  /** Slots that were granted, and by its last word not yet seen: the number of the grant, and for which Serving. */
  unseen: { number: number; serving: string; slots: number }[];
}

/** By the gateway's id. */
export class Connections extends Map<string, Connection> {
  /** Until then gateways that are there may not have come yet. */
  awaitedUntil: number = -Infinity;

  /** Among how many the slots of an instance are to be shared; the first one to come is not the only one. */
  parties(now: number): number {
    return Math.max(this.size, now < this.awaitedUntil ? 2 : 1);
  }
}

/** How many wait by a gateway's word, less those for whom slots are on their way. */
export function stillWaiting(connection: Connection, demand: Demand): number {
  connection.unseen = connection.unseen.filter(({ number }) => number > demand.grantsSeen);
  const underWay = connection.unseen.filter(({ serving }) => serving === demand.serving).reduce((sum, { slots }) => sum + slots, 0);
  return Math.max(0, demand.waiting - underWay);
}

/** A gateway with no request for so long gets no further term. */
const usedWithinMs = 10_000;

/** Lends free slots to the gateways that wait, those of instances that are to end last; answers how many slots are left. */
export function grantSlots(world: ServingWorld, connections: Connections, now: number): number {
  let left = 0;
  for (const replica of world.replicas.values()) if (!replica.isLeaving) left += lendSlots(world, replica, { connections, now });
  for (const replica of world.replicas.values()) {
    if (!replica.isLeaving || !world.waiting.values().some((waiting) => waiting > 0)) continue;
    replica.isLeaving = false;
    left += lendSlots(world, replica, { connections, now });
  }
  return left;
}

/** Nobody waits is no entry: a Serving with entries is looked at several times a second. */
export function setWaiting({ waiting }: ServingWorld, gateway: string, count: number): void {
  if (count <= 0) waiting.delete(gateway);
  else waiting.set(gateway, count);
}

interface Lending {
  connections: Connections;
  now: number;
}

function lendSlots(world: ServingWorld, replica: Replica, { connections, now }: Lending): number {
  // Who was given something comes last the next time.
  const waiters = [...world.waiting].filter(([gateway]) => connections.has(gateway));
  for (const [at, [gateway, waiting]] of waiters.entries()) {
    const most = Math.ceil(replica.leases.free(now) / (waiters.length - at));
    const share = Math.ceil(world.limits.concurrency / connections.parties(now)) - replica.leases.slotsOf(gateway);
    const { lease, added } = replica.leases.lend(gateway, Math.min(Math.max(waiting, share), waiters.length > 1 ? most : Infinity), now);
    if (added === 0) continue;
    world.waiting.delete(gateway);
    setWaiting(world, gateway, waiting - added);
    sendGrant({ world, replica, gateway, lease, connections, added });
  }
  return replica.leases.free(now);
}

/** Keeps the leases of gateways that use them; the others end by themselves. */
export function renewLeases(world: ServingWorld, connections: Connections, context: { now: number; renewBeforeMs: number }): void {
  const { now, renewBeforeMs } = context;
  for (const gateway of connections.keys()) {
    if (now - (world.lastUse.get(gateway) ?? -Infinity) > usedWithinMs) continue;
    for (const replica of world.replicas.values()) {
      const until = replica.leases.expiresAt(gateway);
      if (until === undefined || until - now > renewBeforeMs) continue;
      const lease = replica.leases.renew(gateway, now);
      if (lease !== undefined && lease.slots > 0) sendGrant({ world, replica, gateway, lease, connections });
    }
  }
}

/** Tells every gateway that the instance takes no more requests. */
export function revoke(world: ServingWorld, replica: Replica, connections: Connections): void {
  for (const [gateway, { sent }] of connections) {
    const lease = replica.leases.reduce(gateway, 0, sent + 1) ?? { slots: 0, expiresAt: 0 };
    sendGrant({ world, replica, gateway, lease, connections });
  }
}

/** Takes slots of one gateway back; what it still uses counts as lent until it says otherwise. */
export function reduceLease(
  world: ServingWorld,
  replica: Replica,
  { gateway, slots, connections }: { gateway: string; slots: number; connections: Connections },
): void {
  const connection = connections.get(gateway);
  if (connection === undefined) return;
  const lease = replica.leases.reduce(gateway, slots, connection.sent + 1);
  if (lease !== undefined) sendGrant({ world, replica, gateway, lease, connections });
}

/** Tells who waits where an instance will be, so that they can connect while it is loaded. */
export function dial(world: ServingWorld, { id, endpoints }: Instance, connections: Connections): void {
  if (endpoints === undefined) return;
  for (const [gateway, waiting] of world.waiting)
    if (waiting > 0) connections.get(gateway)?.outbox.push({ dial: { instance: id, endpoint: wireEndpoint(endpoints.traffic) } });
}

/** Counts as lent what a gateway says that it holds, and takes back what it does not name. */
export function restoreHeld(world: ServingWorld, gateway: string, held: readonly Grant[]): void {
  for (const [id, replica] of world.replicas) {
    const named = held.find(({ instance }) => instance === id);
    replica.leases.restore(gateway, named === undefined ? undefined : { slots: named.slots, expiresAt: named.expiresAtMs });
  }
}

interface GrantToSend {
  world: ServingWorld;
  replica: Replica;
  gateway: string;
  lease: Lease;
  connections: Connections;
  /** Slots that the gateway did not have before. */
  added?: number;
}

function sendGrant({ world, replica, gateway, lease, connections, added = 0 }: GrantToSend): void {
  const { id, endpoints } = replica.instance;
  const connection = connections.get(gateway);
  if (endpoints === undefined || connection === undefined) return;
  connection.sent += 1;
  if (added > 0) connection.unseen.push({ number: connection.sent, serving: world.id, slots: added });
  connection.outbox.push({
    grant: {
      serving: world.id,
      instance: id,
      endpoint: wireEndpoint(endpoints.traffic),
      slots: lease.slots,
      expiresAtMs: Math.max(0, lease.expiresAt + connection.aheadMs),
    },
  });
}

function wireEndpoint(endpoint: InstanceEndpoint): Endpoint {
  return endpoint.kind === 'unix' ? { unix: endpoint.path } : { tcp: { host: endpoint.host, port: endpoint.port } };
}
