import { keyOf, keyText, servingKind, type Serving } from '@openfunction/resources';
import type { Store } from '@openfunction/store';
import type { Endings } from '../instances/endings.ts';
import type { ImageWorkloads } from '../pool/image-workloads.ts';
import type { Pools } from '../pool/pools.ts';
import { scaleLimits } from '../scaling/limits.ts';
import type { Timers } from '../timers.ts';
import type { Reports } from './reports.ts';
import { servingWorld, type ServingWorld, type WorldInput } from './world.ts';

export interface ServingsOptions {
  store: Pick<Store, 'list' | 'watch'>;
  worlds: Map<string, ServingWorld>;
  pools: Pools;
  images: Pick<ImageWorkloads, 'release'>;
  endings: Endings;
  reports: Reports;
  timers: Timers;
  shapeOf: (serving: Serving) => Pick<WorldInput, 'shape' | 'notHonoured' | 'unpooled'>;
  /** All Servings that there are, are known. */
  onComplete: () => void;
  onAdded: (world: ServingWorld) => void;
}

/** Keeps a world for each Serving that there is. */
export function servings(options: ServingsOptions): { follow(): Promise<void>; isComplete(): boolean } {
  const { store, worlds, pools, endings, reports, timers } = options;
  let complete = false;

  function learn(read: Serving): void {
    // Nobody asks here who owns which field, and of thousands of Servings it is half the memory.
    const { managedFields: _, ...metadata } = read.metadata;
    const serving = { ...read, metadata };
    const id = keyText(keyOf(serving));
    const known = worlds.get(id);
    if (known !== undefined && known.serving.metadata.uid === serving.metadata.uid) {
      // Its spec never changes; its status and annotations do.
      known.serving = serving;
      return;
    }
    forget(id);
    const world = servingWorld({ serving, limits: scaleLimits(serving), now: timers.now(), ...options.shapeOf(serving) });
    worlds.set(id, world);
    pools.use(world);
    pools.size();
    options.onAdded(world);
  }

  function forget(id: string): void {
    const world = worlds.get(id);
    if (world === undefined) return;
    world.gone = true;
    for (const replica of Array.from(world.replicas.keys())) endings.drain(world, replica);
    worlds.delete(id);
    if (world.image === undefined) pools.release(world);
    else options.images.release(world);
    reports.removed(id);
  }

  return {
    isComplete: () => complete,
    follow: async () => {
      const present = await store.list(servingKind);
      const ids = new Set(present.items.map((one) => keyText(keyOf(one))));
      for (const id of worlds.keys()) if (!ids.has(id)) forget(id);
      for (const serving of present.items) learn(serving);
      complete = true;
      options.onComplete();
      for await (const event of store.watch(servingKind, { resourceVersion: present.resourceVersion, signal: timers.signal })) {
        if (event.type === 'DELETED') forget(keyText(keyOf(event.object)));
        else if (event.type !== 'BOOKMARK') learn(event.object);
      }
    },
  };
}
