import type { ServingWorld, Replica } from '../serving/world.ts';
import type { Timers } from '../timers.ts';
import type { Endings } from './endings.ts';
import type { InstanceControl } from './instance-control.ts';

export interface LivenessOptions {
  control: InstanceControl;
  endings: Endings;
  timers: Timers;
}

/** An instance whose health is not answered for so long is ended: its event loop is blocked, or worse. */
export const silentMs = 8000;
const healthMs = 2000;

/** Asks the instances of Servings for their health, and ends those that do not answer or are not what they should be. */
export function liveness({ control, endings, timers }: LivenessOptions): { check(world: ServingWorld): void } {
  const asking = new Set<string>();

  async function ask(world: ServingWorld, replica: Replica): Promise<void> {
    const { id, endpoints } = replica.instance;
    if (endpoints === undefined || asking.has(id)) return;
    asking.add(id);
    const askedAt = timers.now();
    const health = await control.health(endpoints.control, healthMs).catch(() => undefined);
    asking.delete(id);
    if (timers.signal.aborted || !world.replicas.has(id)) return;
    if (health === undefined) {
      replica.silentSince ??= askedAt;
      if (timers.now() - replica.silentSince >= silentMs) endings.lose(world, id, 'silent');
    } else if (health.state === 'Draining') endings.drain(world, id);
    else if (health.state !== 'Serving' || health.serving !== world.id) endings.lose(world, id, 'failed');
    else replica.silentSince = undefined;
  }

  return {
    check: (world) => {
      for (const replica of world.replicas.values()) void ask(world, replica);
    },
  };
}
