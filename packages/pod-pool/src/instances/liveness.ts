import type { ServingWorld, Replica } from '../serving/world.ts';
import type { Timers } from '../timers.ts';
import type { Endings } from './endings.ts';
import type { InstanceControl } from './instance-control.ts';

export interface LivenessOptions {
  control: InstanceControl;
  endings: Pick<Endings, 'lose' | 'drain'>;
  timers: Timers;
}

/** An instance whose health is not answered for so long is ended: its event loop is blocked, or worse. */
export const silentMs = 8000;
const healthMs = 2000;

export interface Liveness {
  check(world: ServingWorld): void;
  /** Holds no former silence against anyone: it was this scheduler that did not listen. */
  forgive(world: ServingWorld): void;
}

/** Asks the instances of Servings for their health, and ends those that do not answer or are not what they should be. */
export function liveness({ control, endings, timers }: LivenessOptions): Liveness {
  const asking = new Set<string>();
  let listeningSince = -Infinity;

  async function ask(world: ServingWorld, replica: Replica): Promise<void> {
    const { id, endpoints } = replica.instance;
    if (endpoints === undefined || asking.has(id)) return;
    asking.add(id);
    const askedAt = timers.now();
    const health = await control.health(endpoints.control, healthMs).catch(() => undefined);
    asking.delete(id);
    if (timers.signal.aborted || !world.replicas.has(id)) return;
    if (health === undefined) {
      replica.silentSince ??= Math.max(askedAt, listeningSince);
      if (timers.now() - replica.silentSince >= silentMs) endings.lose(world, id, 'silent');
    } else if (health.state === 'Draining') endings.drain(world, id);
    else if (health.state !== 'Serving' || health.serving !== world.id) endings.lose(world, id, 'failed');
    else replica.silentSince = undefined;
  }

  return {
    forgive: (world) => {
      listeningSince = timers.now();
      for (const replica of world.replicas.values()) replica.silentSince = undefined;
    },
    check: (world) => {
      // Whether an image serves is for the ground to see, by its probes.
      if (world.image === undefined) for (const replica of world.replicas.values()) void ask(world, replica);
    },
  };
}
