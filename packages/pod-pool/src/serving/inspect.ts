import { ArtifactError, type Artifacts, type Digest, type FetchedArtifact, type ModuleArtifact } from '@openfunction/artifact';
import type { Serving } from '@openfunction/resources';
import { ClaimError } from '../claim/claim-error.ts';
import type { ImageDescription, ImageWorkloads } from '../pool/image-workloads.ts';
import type { Pools } from '../pool/pools.ts';
import type { Shaped } from '../pool/shape.ts';
import type { ServingWorld } from './world.ts';

export interface InspectorOptions {
  artifact: (world: ServingWorld, options?: { readerChecks: boolean }) => Promise<FetchedArtifact>;
  stat: (world: ServingWorld) => ReturnType<Artifacts['stat']>;
  /** Of an image that serves by itself. */
  shapeOf: (serving: Serving) => Shaped;
  runsImages: boolean;
  /** A sentence on how such an image would run, where it does not. */
  advice: string;
  images: Pick<ImageWorkloads, 'become' | 'look'>;
  pools: Pick<Pools, 'release'>;
  onImage: (world: ServingWorld) => void;
}

/** Finds out whether a Serving runs a module, or an image that serves by itself: its own name does not tell. */
export interface Inspector {
  /** Throws what keeps it from running. */
  inspect(world: ServingWorld): Promise<{ digest: Digest; artifact?: ModuleArtifact }>;
  /** The module; throws, also for an image that serves by itself, which is known as such from then on. */
  module(world: ServingWorld, options: { readerChecks: boolean }): Promise<FetchedArtifact>;
  /** An instance that serves by itself shows what its Serving is. */
  find(world: ServingWorld): void;
}

export function inspector(options: InspectorOptions): Inspector {
  function become(world: ServingWorld, description?: ImageDescription): void {
    if (world.image !== undefined || world.gone) return;
    const { shape, notHonoured, unpooled } = options.shapeOf(world.serving);
    options.pools.release(world);
    world.notHonoured = notHonoured;
    world.unpooled = unpooled;
    options.images.become(world, shape, description);
    options.images.look(world);
    options.onImage(world);
  }

  async function recognise(world: ServingWorld, cause: unknown): Promise<{ digest: Digest }> {
    if (!(cause instanceof ArtifactError) || cause.code !== 'NotAModule') throw cause;
    if (!options.runsImages) throw notRunnable(world.serving.spec.image, options.advice, cause);
    const found = await options.stat(world);
    if (found?.kind !== 'image') throw noProgram(world.serving.spec.image, cause);
    become(world, found.user === undefined ? {} : { user: found.user });
    return found;
  }

  return {
    find: (world) => become(world),
    inspect: (world) => options.artifact(world).catch((cause: unknown) => recognise(world, cause)),
    module: (world, how) =>
      options.artifact(world, how).catch(async (cause: unknown) => {
        await recognise(world, cause);
        throw cause;
      }),
  };
}

function notRunnable(image: string, advice: string, cause: unknown): ClaimError {
  const message = `The image "${image}" cannot run here: it holds no function module, and this host runs no containers. ${advice}`;
  return new ClaimError('ArtifactNotRunnable', message, { cause });
}

/** Such as a source tree that was sent to be built. */
function noProgram(image: string, cause: unknown): ClaimError {
  const message = `"${image}" cannot run: it holds neither a function module nor an image. Build it with openfunction/builder-node.`;
  return new ClaimError('ArtifactNotRunnable', message, { cause });
}
