import type { ConnectResponse, Endpoint } from '@openfunction/protocol';
import type { Endpoint as InstanceEndpoint } from '@openfunction/workload';
import { targetOf, type Replica, type ServingWorld } from '../serving-world.ts';
import type { Outbox } from './outbox.ts';

/** The streams of the gateways that are connected now, by their id. */
export type Connections = Map<string, Outbox<ConnectResponse>>;

/** A gateway with no request for so long gets no further term. */
const usedWithinMs = 10_000;
const renewBeforeMs = 7_500;

/** Lends free slots to the gateways that wait; answers how many slots are left. */
export function grantSlots(world: ServingWorld, connections: Connections, now: number): number {
  let left = 0;
  for (const replica of world.replicas.values()) {
    for (const [gateway, waiting] of world.waiting) {
      if (waiting === 0 || replica.leases.free(now) === 0) continue;
      const share = Math.ceil(targetOf(world) / Math.max(1, connections.size));
      const before = replica.leases.free(now);
      const lease = replica.leases.lend(gateway, Math.max(waiting, share), now);
      world.waiting.set(gateway, Math.max(0, waiting - (before - replica.leases.free(now))));
      sendGrant(world, replica, gateway, lease, connections);
    }
    left += replica.leases.free(now);
  }
  return left;
}

/** Keeps the leases of gateways that use them; the others end by themselves. */
export function renewLeases(world: ServingWorld, gateway: string, connections: Connections, now: number): void {
  if (now - (world.lastUse.get(gateway) ?? -Infinity) > usedWithinMs) return;
  for (const replica of world.replicas.values()) {
    const until = replica.leases.expiresAt(gateway);
    if (until === undefined || until - now > renewBeforeMs) continue;
    const lease = replica.leases.renew(gateway, now);
    if (lease !== undefined) sendGrant(world, replica, gateway, lease, connections);
  }
}

/** Tells every gateway that the instance takes no more requests. */
export function revoke(world: ServingWorld, replica: Replica, connections: Connections): void {
  for (const gateway of connections.keys()) sendGrant(world, replica, gateway, { slots: 0, expiresAt: 0 }, connections);
}

function sendGrant(
  world: ServingWorld,
  replica: Replica,
  gateway: string,
  lease: { slots: number; expiresAt: number },
  connections: Connections,
): void {
  const { id, endpoints } = replica.instance;
  if (endpoints === undefined) return;
  connections.get(gateway)?.push({
    grant: {
      serving: world.id,
      instance: id,
      endpoint: wireEndpoint(endpoints.traffic),
      slots: lease.slots,
      expiresAtMs: lease.expiresAt,
    },
  });
}

function wireEndpoint(endpoint: InstanceEndpoint): Endpoint {
  return endpoint.kind === 'unix' ? { unix: endpoint.path } : { tcp: { host: endpoint.host, port: endpoint.port } };
}
