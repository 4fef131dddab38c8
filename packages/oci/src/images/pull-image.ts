import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  ArtifactError,
  assertDigest,
  assertWithin,
  artifactLimits,
  digestOf,
  parseReference,
  type Digest,
  type RegistryCredentials,
} from '@openfunction/artifact';
import type { OciBackend } from '../oci-backend.ts';
import { registryReader, type RegistryOptions } from '../registry-artifacts.ts';
import { readImage, type ImageConfig } from './image-manifest.ts';
import { unpackLayer, type UnpackLimits } from './unpack-layer.ts';

/** An image whose files lie in a folder; nobody may change them. */
export interface PulledImage {
  digest: Digest;
  /** The files as one tree. */
  root: string;
  bytes: number;
  config: ImageConfig;
}

export interface ImagePullerOptions extends RegistryOptions {
  /** A folder of its own, which nobody else writes to. */
  dir: string;
  limits?: UnpackLimits;
}

/** Brings images to this machine, each once. */
export interface ImagePuller {
  pull(ref: string, access?: { credentials?: RegistryCredentials }): Promise<PulledImage>;
}

const defaultLimits: UnpackLimits = { bytes: 4 * 2 ** 30, entries: 500_000 };
/** Of one layer, packed; it is in memory while it is checked and unpacked. */
const layerBytes = 512 << 20;
const mostLayers = 127;
/** Unpacked images that are kept. */
const mostImages = 30;

/** Images of registries, unpacked below `dir` by the digest of their manifest, which is what was checked. */
export function imagePuller(options: ImagePullerOptions): ImagePuller {
  const { dir, limits = defaultLimits } = options;
  const under = new Map<Digest, Promise<PulledImage>>();

  return {
    pull: async (ref, { credentials } = {}) => {
      const backend = registryReader(options, credentials);
      const reference = parseReference(ref);
      const bytes = await backend.readManifest(reference);
      if (bytes === undefined)
        throw new ArtifactError('ArtifactNotFound', `There is no image "${ref}". Push it first, or correct the reference.`);
      assertWithin(bytes.length, artifactLimits.manifest, 'the manifest');
      if (reference.digest !== undefined) assertDigest(bytes, reference.digest);
      const image = await readImage(backend, reference, { bytes });
      const digest = image.digest ?? reference.digest ?? digestOf(bytes);
      const pulled = under.get(digest) ?? unpacked({ backend, reference, image, digest, dir, limits }).finally(() => under.delete(digest));
      under.set(digest, pulled);
      return pulled;
    },
  };
}

interface ToUnpack {
  backend: Pick<OciBackend, 'readBlob' | 'readManifest'>;
  reference: ReturnType<typeof parseReference>;
  image: Awaited<ReturnType<typeof readImage>>;
  digest: Digest;
  dir: string;
  limits: UnpackLimits;
}

async function unpacked({ backend, reference, image, digest, dir, limits }: ToUnpack): Promise<PulledImage> {
  const place = join(dir, digest.replace(':', '-'));
  const present = keptIn(place);
  if (present !== undefined) utimesSync(join(place, 'bytes'), new Date(), new Date());
  if (present !== undefined) return { digest, root: join(place, 'root'), bytes: present, config: image.config };
  const { layers } = image.manifest;
  if (layers.length > mostLayers) throw new ArtifactError('ArtifactTooLarge', `The image has more than ${mostLayers} layers. Make fewer.`);
  const draft = `${place}.new`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(join(draft, 'root'), { recursive: true, mode: 0o700 });
  try {
    const total = { bytes: 0, entries: 0 };
    for (const layer of layers) {
      assertWithin(layer.size, layerBytes, `the layer ${layer.digest}`);
      const bytes = await backend.readBlob(reference, layer, layer.size);
      if (bytes === undefined) throw new ArtifactError('ArtifactCorrupt', `The layer ${layer.digest} is missing. Push the image again.`);
      assertDigest(bytes, layer.digest);
      await unpackLayer({ bytes, mediaType: layer.mediaType }, join(draft, 'root'), total, limits);
    }
    writeFileSync(join(draft, 'bytes'), String(total.bytes));
    rmSync(place, { recursive: true, force: true });
    renameSync(draft, place);
    forgetOldest(dir);
    return { digest, root: join(place, 'root'), bytes: total.bytes, config: image.config };
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    throw error;
  }
}

/** The size of an image that was unpacked whole. */
function keptIn(place: string): number | undefined {
  try {
    return Number(readFileSync(join(place, 'bytes'), 'utf8'));
  } catch {
    return undefined;
  }
}

/** The images used longest ago go; those that run have copies of their own. */
function forgetOldest(dir: string): void {
  const used = (name: string): number => statSync(join(dir, name, 'bytes'), { throwIfNoEntry: false })?.mtimeMs ?? Infinity;
  const images = readdirSync(dir).map((name) => ({ name, at: used(name) }));
  for (const { name } of images.toSorted((left, right) => right.at - left.at).slice(mostImages))
    rmSync(join(dir, name), { recursive: true, force: true });
}
