import { lchownSync, lstatSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
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
import { imageStore, type ImageStore } from './image-store.ts';
import { imageUser, type UserIds } from './image-user.ts';
import { unpackLayer, type Unpacked, type UnpackLimits } from './unpack-layer.ts';

/** An image whose files lie in a folder; nobody may change them. */
export interface PulledImage {
  digest: Digest;
  /** The files as one tree. */
  root: string;
  bytes: number;
  config: ImageConfig;
  /** Whom it is to run as, and by which numbers of this machine; undefined: as root, or there are no numbers to give. */
  user?: { inside: UserIds; outside: UserIds };
}

export interface ImagePullerOptions extends RegistryOptions {
  /** A folder of its own, which nobody else writes to. */
  dir: string;
  limits?: UnpackLimits;
  /** Most that all images together may take; by default 16 GiB. */
  maxBytes?: number;
  /** The `root` folders of images that must stay, because something runs from them. */
  inUse?: () => ReadonlySet<string>;
  now?: () => number;
  /** The first of 65,536 numbers of users that nobody has on this machine, for users of images; only root can give them. */
  firstId?: number;
}

/** Brings images to this machine, each once. */
export interface ImagePuller {
  /** Removes images that none of these references stands for, that nothing runs from, and that were not used lately; how many. */
  collect(needed: readonly string[]): number;
  pull(ref: string, access?: { credentials?: RegistryCredentials }): Promise<PulledImage>;
}

const defaultLimits: UnpackLimits = { bytes: 4 * 2 ** 30, entries: 500_000 };
/** Of one layer, packed; it is in memory while it is checked and unpacked. */
const layerBytes = 512 << 20;
const mostLayers = 127;
const defaultMaxBytes = 16 * 2 ** 30;
/** Between the deletion of a function and its next deployment lie minutes. */
const graceMs = 600_000;

/** Images of registries, unpacked below `dir` by the digest of their manifest, which is what was checked. */
export function imagePuller(options: ImagePullerOptions): ImagePuller {
  const { dir, limits = defaultLimits, maxBytes = defaultMaxBytes, inUse = () => new Set(), now = Date.now, firstId } = options;
  const store = imageStore({ dir, inUse, now, hasOwners: firstId !== undefined });
  const under = new Map<Digest, Promise<PulledImage>>();

  return {
    collect: (needed) => store.collect(needed, graceMs),
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
      const toUnpack = { backend, reference, image, digest, store, limits, maxBytes, firstId };
      const pulled = under.get(digest) ?? unpacked(toUnpack).finally(() => under.delete(digest));
      under.set(digest, pulled);
      const found = await pulled;
      store.name(ref, digest);
      return found;
    },
  };
}

interface ToUnpack {
  backend: Pick<OciBackend, 'readBlob' | 'readManifest'>;
  reference: ReturnType<typeof parseReference>;
  image: Awaited<ReturnType<typeof readImage>>;
  digest: Digest;
  store: ImageStore;
  limits: UnpackLimits;
  maxBytes: number;
  firstId: number | undefined;
}

async function unpacked({ backend, reference, image, digest, store, limits, maxBytes, firstId }: ToUnpack): Promise<PulledImage> {
  const place = store.placeOf(digest);
  const present = store.use(digest);
  const found = { digest, root: join(place, 'root'), config: image.config };
  if (present !== undefined) return { ...found, bytes: present, ...withUser(image.config, found.root, firstId) };
  const { layers } = image.manifest;
  if (layers.length > mostLayers) throw new ArtifactError('ArtifactTooLarge', `The image has more than ${mostLayers} layers. Make fewer.`);
  const draft = `${place}.new`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(join(draft, 'root'), { recursive: true, mode: 0o755 });
  try {
    const total: Unpacked = { bytes: 0, entries: 0, owners: new Map() };
    const room = roomFor(store, { limits, maxBytes });
    for (const layer of layers) {
      assertWithin(layer.size, layerBytes, `the layer ${layer.digest}`);
      const bytes = await backend.readBlob(reference, layer, layer.size);
      if (bytes === undefined) throw new ArtifactError('ArtifactCorrupt', `The layer ${layer.digest} is missing. Push the image again.`);
      assertDigest(bytes, layer.digest);
      await unpackLayer({ bytes, mediaType: layer.mediaType }, join(draft, 'root'), total, room);
    }
    const user = withUser(image.config, join(draft, 'root'), firstId);
    if (user.user !== undefined) giveFiles(total.owners, user.user);
    writeFileSync(join(draft, 'bytes'), String(total.bytes));
    rmSync(place, { recursive: true, force: true });
    renameSync(draft, place);
    store.shrink(maxBytes);
    return { ...found, bytes: total.bytes, ...user };
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    throw error;
  }
}

/** What one more image may take beside those that must stay. */
function roomFor(store: ImageStore, { limits, maxBytes }: Pick<ToUnpack, 'limits' | 'maxBytes'>): UnpackLimits {
  const taken = store.bytesInUse();
  const bytes = Math.max(0, Math.min(limits.bytes, maxBytes - taken));
  if (bytes === limits.bytes) return limits;
  return { ...limits, bytes, why: `the images that run now take ${taken} bytes of the ${maxBytes} that all together may take` };
}

const ids = 65_536;

function withUser({ user }: ImageConfig, root: string, firstId: number | undefined): Pick<PulledImage, 'user'> {
  if (firstId === undefined) return {};
  const inside = imageUser(user, root);
  if (inside.uid === 0) return {};
  // One user and one group are all that a container has beside root, so that no two numbers meet.
  const gid = inside.gid === 0 ? (process.getgid?.() ?? 0) : firstId + (inside.gid % ids);
  return { user: { inside, outside: { uid: firstId + (inside.uid % ids), gid } } };
}

/** What belongs to the image's own user is its own; everything else is root's. */
function giveFiles(owners: Unpacked['owners'], { inside, outside }: NonNullable<PulledImage['user']>): void {
  for (const [path, { uid, gid }] of owners) {
    const isOwn = uid === inside.uid;
    const isOfGroup = gid === inside.gid;
    // A later layer may have taken it away.
    if ((!isOwn && !isOfGroup) || lstatSync(path, { throwIfNoEntry: false }) === undefined) continue;
    lchownSync(path, isOwn ? outside.uid : -1, isOfGroup ? outside.gid : -1);
  }
}
