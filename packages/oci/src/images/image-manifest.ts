import {
  ArtifactError,
  artifactLimits,
  assertDigest,
  assertWithin,
  decodeManifest,
  isDigest,
  mediaTypes,
  type Descriptor,
  type Digest,
  type OciManifest,
  type Reference,
} from '@openfunction/artifact';
import type { OciBackend } from '../oci-backend.ts';

/** What can be asked for: a manifest, or a list of them, one per platform. */
export const acceptedManifests: string = [
  mediaTypes.manifest,
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
].join(', ');

/** What an image says of how it is started, as OCI's configuration has it. */
export interface ImageConfig {
  user: string;
  env: string[];
  entrypoint: string[];
  command: string[];
  workingDir: string;
}

export interface Platform {
  os: string;
  architecture: string;
}

interface Choice {
  digest?: string;
  size?: number;
  mediaType?: string;
  platform?: Partial<Platform>;
}

export const thisPlatform: Platform = { os: 'linux', architecture: process.arch === 'x64' ? 'amd64' : process.arch };

export function isIndex(bytes: Uint8Array): boolean {
  return Array.isArray((jsonOf(bytes, 'manifest') as { manifests?: unknown }).manifests);
}

/** The manifest of the platform, when the bytes are a list of them; undefined: they are one manifest. */
function choiceIn(bytes: Uint8Array, platform: Platform): Descriptor | undefined {
  if (!isIndex(bytes)) return undefined;
  const { manifests: choices } = jsonOf(bytes, 'index') as { manifests: Choice[] };
  const found = choices.find((each) => each?.platform?.os === platform.os && each.platform.architecture === platform.architecture);
  if (found?.digest === undefined || !isDigest(found.digest))
    throw new ArtifactError(
      'ArtifactNotFound',
      `The image has no variant for ${platform.os}/${platform.architecture}. Build it for this platform too.`,
    );
  return { digest: found.digest, mediaType: String(found.mediaType), size: Number(found.size) };
}

/** The manifest and the configuration of an image for one platform. */
export async function readImage(
  backend: Pick<OciBackend, 'readBlob' | 'readManifest'>,
  reference: Reference,
  { bytes, platform = thisPlatform }: { bytes: Uint8Array; platform?: Platform },
): Promise<{ digest?: Digest; manifest: OciManifest; config: ImageConfig }> {
  const choice = choiceIn(bytes, platform);
  const own = choice === undefined ? bytes : await readChoice(backend, reference, choice.digest);
  const manifest = decodeManifest(own);
  assertWithin(manifest.config.size, artifactLimits.config, 'the configuration of the image');
  const config = await backend.readBlob(reference, manifest.config, manifest.config.size);
  if (config === undefined) throw new ArtifactError('ArtifactCorrupt', 'The image has no configuration. Push it again.');
  assertDigest(config, manifest.config.digest);
  return { ...(choice === undefined ? {} : { digest: choice.digest }), manifest, config: configOf(config) };
}

async function readChoice(
  backend: Pick<OciBackend, 'readBlob' | 'readManifest'>,
  reference: Reference,
  digest: Digest,
): Promise<Uint8Array> {
  const bytes = await backend.readManifest({ ...reference, digest });
  if (bytes === undefined) throw new ArtifactError('ArtifactCorrupt', `The image's manifest ${digest} is missing. Push it again.`);
  assertWithin(bytes.length, artifactLimits.manifest, 'the manifest');
  assertDigest(bytes, digest);
  return bytes;
}

function configOf(bytes: Uint8Array): ImageConfig {
  const { config } = jsonOf(bytes, 'configuration') as { config?: Record<string, unknown> };
  const texts = (value: unknown): string[] => (Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []);
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  return {
    user: text(config?.['User']),
    env: texts(config?.['Env']),
    entrypoint: texts(config?.['Entrypoint']),
    command: texts(config?.['Cmd']),
    workingDir: text(config?.['WorkingDir']),
  };
}

/** The number of the image's own user, unless that is root or a name, which only the image's files explain. */
export function userOf({ user }: ImageConfig): number | undefined {
  const id = Number(/^(\d{1,9})(?::\d{1,9})?$/.exec(user)?.[1] ?? 0);
  return id > 0 ? id : undefined;
}

function jsonOf(bytes: Uint8Array, what: string): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8')) ?? {};
  } catch (cause) {
    throw new ArtifactError('ArtifactCorrupt', `The image's ${what} is not JSON. Push it again.`, { cause });
  }
}
