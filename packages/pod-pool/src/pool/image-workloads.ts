import { keyText } from '@openfunction/resources';
import type { Instance, InstanceTemplate, Workloads } from '@openfunction/workload';
import { retryDelayMs } from '../claim/back-off.ts';
import { ClaimError } from '../claim/claim-error.ts';
import type { InstanceView } from '../instances/instance-view.ts';
import { desiredOf, waitingIn, type ServingWorld } from '../serving/world.ts';
import type { Timers } from '../timers.ts';
import { drift, type Drift } from './drift.ts';
import type { PoolShape } from './shape.ts';

/** What is known of a Serving whose image serves by itself. */
export interface ImageState {
  /** What the image says of itself; undefined: not read yet, and nothing is started before. */
  description?: ImageDescription;
  /** Instances that there are to be, without those that go; undefined: those that there are, which were not listed yet. */
  wanted?: number;
  /** Taken from the Serving, with requests that may still be answered. */
  draining: Set<string>;
  /** Served, and answers no requests now. */
  unready: Set<string>;
  /** To go now, and since when. */
  leaving: Map<string, number>;
  isApplying: boolean;
  /** When the ground was last asked what hinders it. */
  askedAt: number;
  isStale: boolean;
  failures: number;
  drift: Drift;
}

export interface ImageDescription {
  user?: number;
}

export interface ImageWorkloadsOptions {
  workloads: Pick<Workloads, 'apply' | 'remove' | 'destroy' | 'hindrance'>;
  view: InstanceView;
  timers: Timers;
  leading: () => boolean;
  templateOf: (world: ServingWorld, shape: PoolShape) => InstanceTemplate;
  /** Asks what the image says of itself. */
  describe: (world: ServingWorld) => Promise<ImageDescription>;
  problemOf: (world: ServingWorld) => { code: string; message: string } | undefined;
  /** An instance answers requests now. */
  onReady: (world: ServingWorld, instance: Instance) => void;
  /** It does not any more, and may again. */
  onUnready: (world: ServingWorld, id: string) => void;
  /** What served before is over, without ever being ready again. */
  onOver: (world: ServingWorld, instance: Instance) => void;
  /** No instance can be had now, for this reason. */
  onError: (world: ServingWorld, error: ClaimError) => void;
  onChange: (world: ServingWorld) => void;
}

/** The Workloads of images that serve by themselves: what is Ready there serves, and how many there are is all that is decided. */
export interface ImageWorkloads {
  become(world: ServingWorld, shape: PoolShape, description?: ImageDescription): void;
  /** Asks for so many more; tells who waits when there is no use in waiting. */
  grow(world: ServingWorld, count: number): void;
  /** After each list of the instances. */
  look(world: ServingWorld): void;
  /** Gives up what starts and nobody asks for any more, and puts right what others changed. */
  settle(world: ServingWorld): void;
  /** One less is wanted: this one, as soon as it {@link leave}s. */
  drain(world: ServingWorld, id: string): void;
  leave(world: ServingWorld, id: string): void;
  /** The Serving is gone; its Workload goes when nothing is answered there any more. */
  release(world: ServingWorld): void;
  /** Forgets what only who leads may know. */
  clear(world: ServingWorld): void;
}

/** What starts is not given up sooner after the last request. */
const patienceMs = 30_000;
/** What should have gone, and is there for so long, is ended. */
const leavingMs = 90_000;
/** What starts in this time is not asked what hinders it. */
const hindranceMs = 2000;

export function imageWorkloads(options: ImageWorkloadsOptions): ImageWorkloads {
  const { workloads, view, timers } = options;

  async function send(world: ServingWorld, image: ImageState): Promise<void> {
    const { shape } = world;
    image.drift.applied(timers.now());
    await workloads.apply({
      key: shape.key,
      ...(shape.owner === undefined ? {} : { owner: shape.owner }),
      artifact: { kind: 'image', ref: world.serving.spec.image },
      run: 'serve',
      replicas: (image.wanted ?? 0) + image.draining.size,
      leaving: [...image.leaving.keys()],
      template: options.templateOf(world, shape),
    });
  }

  /** One write at a time, so that the last one says what holds. */
  async function apply(world: ServingWorld): Promise<void> {
    const { image } = world;
    if (image === undefined) return;
    image.isStale = true;
    if (image.isApplying || image.description === undefined || image.wanted === undefined) return;
    image.isApplying = true;
    try {
      while (image.isStale && !world.gone && options.leading() && !timers.signal.aborted) {
        image.isStale = false;
        await send(world, image);
        image.failures = 0;
      }
    } catch (error) {
      image.failures += 1;
      options.onError(world, ClaimError.from(error));
      timers.after(retryDelayMs(image.failures), () => timers.background('Sizing a Workload', apply(world)));
      throw error;
    } finally {
      image.isApplying = false;
    }
  }
  const sized = (world: ServingWorld): void => {
    count(world);
    timers.background('Sizing a Workload', apply(world));
  };

  function count(world: ServingWorld): void {
    const { image } = world;
    if (image?.wanted === undefined) return;
    const starting = Math.max(0, image.wanted - world.replicas.size);
    if (starting === world.starting) return;
    world.starting = starting;
    options.onChange(world);
  }

  async function describe(world: ServingWorld, image: ImageState): Promise<void> {
    for (let failures = 1; image.description === undefined && !world.gone && !timers.signal.aborted; failures += 1) {
      try {
        image.description = await options.describe(world);
        await apply(world);
      } catch {
        await timers.sleep(retryDelayMs(failures));
      }
    }
  }

  const instancesOf = (world: ServingWorld): Instance[] =>
    Array.from(view.all()).filter(({ plain, workload }) => plain === true && keyText(workload) === keyText(world.shape.key));

  function lookAtReadiness(world: ServingWorld, instances: readonly Instance[], image: ImageState): void {
    for (const instance of instances) {
      const goes = image.leaving.has(instance.id) || image.draining.has(instance.id);
      if (goes) continue;
      const serves = world.replicas.has(instance.id);
      const isReady = instance.phase === 'Ready' && instance.endpoints !== undefined;
      if (isReady) image.unready.delete(instance.id);
      if (isReady && !serves) options.onReady(world, instance);
      if (!isReady && serves && instance.phase === 'Starting') {
        image.unready.add(instance.id);
        options.onUnready(world, instance.id);
      }
      if (instance.phase === 'Failed' && image.unready.delete(instance.id)) options.onOver(world, instance);
    }
    for (const id of image.unready) if (view.get(id) === undefined) image.unready.delete(id);
  }

  function lookAtLeaving(world: ServingWorld, image: ImageState): void {
    for (const [id, since] of image.leaving) {
      if (view.get(id) === undefined) {
        image.leaving.delete(id);
        if (world.ending.delete(id)) options.onChange(world);
      } else if (timers.now() - since >= leavingMs) {
        image.leaving.set(id, timers.now());
        timers.background('Ending an instance', workloads.destroy(id));
      }
    }
  }

  function lookAtDrift(world: ServingWorld, image: ImageState): void {
    const present = instancesOf(world).filter(({ id, phase }) => phase !== 'Failed' && !image.leaving.has(id)).length;
    if (image.drift.isDue(present === (image.wanted ?? 0) + image.draining.size, timers.now())) sized(world);
  }

  /** What keeps new ones from getting ready is said once, and told to all who wait for the first. */
  function lookAtTrouble(world: ServingWorld): void {
    const trouble = instancesOf(world).find(({ phase, trouble: said }) => phase !== 'Ready' && said !== undefined)?.trouble;
    if (trouble === undefined || world.replicas.size > 0) return;
    if (trouble.code === world.reason && trouble.message === world.message && waitingIn(world) === 0) return;
    options.onError(world, new ClaimError(trouble.code, trouble.message));
  }

  /** What was asked for and never appears: the ground may know why. */
  async function askWhatHinders(world: ServingWorld, image: ImageState): Promise<void> {
    image.askedAt = timers.now();
    const trouble = await workloads.hindrance?.(world.shape.key);
    if (trouble === undefined || world.replicas.size > 0 || world.gone) return;
    if (trouble.code === world.reason && trouble.message === world.message && waitingIn(world) === 0) return;
    options.onError(world, new ClaimError(trouble.code, trouble.message));
  }

  function lookAtHindrance(world: ServingWorld, image: ImageState): void {
    if (workloads.hindrance === undefined || (image.wanted ?? 0) === 0 || world.replicas.size > 0) return;
    if (timers.now() - image.askedAt < hindranceMs || instancesOf(world).length > 0) return;
    timers.background('Asking what hinders a Workload', askWhatHinders(world, image));
  }

  function remove(world: ServingWorld): void {
    if (options.leading()) timers.background('Removing a Workload', workloads.remove(world.shape.key));
  }

  return {
    become: (world, shape, description) => {
      world.shape = shape;
      world.starting = 0;
      const image: ImageState = {
        draining: new Set(),
        unready: new Set(),
        leaving: new Map(),
        isApplying: false,
        askedAt: timers.now(),
        isStale: false,
        failures: 0,
        drift: drift(),
      };
      world.image = image;
      if (description === undefined) timers.background('Describing an image', describe(world, image));
      else image.description = description;
    },
    grow: (world, more) => {
      const { image } = world;
      if (image === undefined) return;
      const problem = more > 0 ? options.problemOf(world) : undefined;
      if (problem !== undefined) {
        world.failures += 1;
        world.retryAt = timers.now() + retryDelayMs(world.failures);
        return options.onError(world, new ClaimError(problem.code, problem.message));
      }
      if (more > 0 && image.wanted !== undefined) {
        image.wanted += more;
        sized(world);
      }
      lookAtTrouble(world);
    },
    look: (world) => {
      const { image } = world;
      if (image === undefined) return;
      const instances = instancesOf(world);
      image.wanted ??= instances.filter(({ phase }) => phase === 'Ready' || phase === 'Starting').length;
      lookAtReadiness(world, instances, image);
      lookAtLeaving(world, image);
      lookAtTrouble(world);
      count(world);
    },
    settle: (world) => {
      const { image, replicas, lastRequestAt } = world;
      if (image?.wanted === undefined) return;
      lookAtDrift(world, image);
      lookAtHindrance(world, image);
      if (waitingIn(world) > 0 || timers.now() - lastRequestAt < patienceMs) return;
      const needed = Math.max(desiredOf(world), replicas.size);
      if (image.wanted <= needed) return;
      image.wanted = needed;
      sized(world);
    },
    drain: ({ image }, id) => {
      if (image === undefined) return;
      image.draining.add(id);
      if (image.wanted !== undefined) image.wanted = Math.max(0, image.wanted - 1);
    },
    leave: (world, id) => {
      const { image } = world;
      if (image === undefined || !image.draining.delete(id)) return;
      image.leaving.set(id, timers.now());
      if (!world.gone) return sized(world);
      if (image.draining.size === 0) remove(world);
    },
    release: (world) => {
      if (world.image?.draining.size === 0) remove(world);
    },
    clear: ({ image }) => {
      if (image === undefined) return;
      image.wanted = undefined;
      image.draining.clear();
      image.unready.clear();
      image.leaving.clear();
    },
  };
}
