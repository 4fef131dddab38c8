import type { Replica, ServingWorld } from '../serving/world.ts';
import { planReturns, type Holding } from '../slots/plan-returns.ts';
import { reduceLease, type Connections } from './connections.ts';

/** Takes slots back from gateways that have more than their part, when another one waits and there can be no more instances. */
export function rebalance(world: ServingWorld, connections: Connections, now: number): void {
  const replicas = [...world.replicas.values()].filter(({ isLeaving }) => !isLeaving);
  const holdings = [...connections.keys()]
    .map((gateway) => holdingOf(world, replicas, gateway))
    .filter(({ slots, waiting }) => slots + waiting > 0);
  const free = replicas.reduce((sum, { leases }) => sum + leases.free(now) + leases.returning(), 0);
  const returns = planReturns({ capacity: replicas.length * world.limits.concurrency, free, holdings });
  for (const [gateway, count] of returns) takeBack(world, replicas, { gateway, count, connections });
}

function holdingOf(world: ServingWorld, replicas: readonly Replica[], gateway: string): Holding {
  const slots = replicas.reduce((sum, { leases }) => sum + leases.slotsOf(gateway), 0);
  return { gateway, slots, waiting: world.waiting.get(gateway) ?? 0 };
}

/** What is not in use comes back at once, so it is taken first. */
function takeBack(
  world: ServingWorld,
  replicas: readonly Replica[],
  what: { gateway: string; count: number; connections: Connections },
): void {
  const { gateway, connections } = what;
  const unusedOf = ({ leases, inFlight }: Replica): number => leases.slotsOf(gateway) - (inFlight.get(gateway) ?? 0);
  let left = what.count;
  for (const replica of replicas.toSorted((one, other) => unusedOf(other) - unusedOf(one))) {
    const slots = replica.leases.slotsOf(gateway);
    const back = Math.min(left, slots);
    if (back > 0) reduceLease(world, replica, { gateway, slots: slots - back, connections });
    left -= back;
  }
}
