import type { Replica, ServingWorld } from '../serving/world.ts';
import { planReturns, type Holding } from '../slots/plan-returns.ts';
import { reduceLease, type Connections } from './connections.ts';

/** Takes slots back from gateways that have more than their part, when another one waits and there can be no more instances. */
export function rebalance(world: ServingWorld, connections: Connections, now: number): void {
  const replicas = [...world.replicas.values()].filter(({ isLeaving }) => !isLeaving);
  const holdings = [...connections.keys()]
    .map((gateway) => holdingOf(world, replicas, { gateway, now }))
    .filter(({ slots, waiting }) => slots + waiting > 0);
  const free = replicas.reduce((sum, { leases }) => sum + leases.free(now) + leases.returning(), 0);
  const returns = planReturns({ capacity: replicas.length * world.limits.concurrency, free, holdings });
  for (const [gateway, count] of returns) takeBack(world, replicas, { gateway, count, connections, now });
}

function holdingOf(world: ServingWorld, replicas: readonly Replica[], { gateway, now }: { gateway: string; now: number }): Holding {
  const sum = (of: (replica: Replica) => number): number => replicas.reduce((total, replica) => total + of(replica), 0);
  const settled = sum(({ leases }) => leases.settledOf(gateway, now));
  const idle = sum((replica) => Math.max(0, Math.min(replica.leases.settledOf(gateway, now), unusedOf(replica, gateway))));
  return { gateway, slots: sum(({ leases }) => leases.slotsOf(gateway)), waiting: world.waiting.get(gateway) ?? 0, settled, idle };
}

function unusedOf({ leases, inFlight }: Replica, gateway: string): number {
  return leases.slotsOf(gateway) - (inFlight.get(gateway) ?? 0);
}

/** What is not in use comes back at once, so it is taken first. */
function takeBack(
  world: ServingWorld,
  replicas: readonly Replica[],
  what: { gateway: string; count: number; connections: Connections; now: number },
): void {
  const { gateway, connections, now } = what;
  let left = what.count;
  for (const replica of replicas.toSorted((one, other) => unusedOf(other, gateway) - unusedOf(one, gateway))) {
    const slots = replica.leases.slotsOf(gateway);
    const back = Math.min(left, replica.leases.settledOf(gateway, now));
    if (back > 0) reduceLease(world, replica, { gateway, slots: slots - back, connections });
    left -= back;
  }
}
