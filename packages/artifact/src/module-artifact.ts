import { ArtifactError, type CodeCache, type Digest, type FetchedArtifact, type ModuleArtifact, type ModuleManifest } from './artifact.ts';
import { canonicalJson, digestOf, isDigest } from './digest.ts';

export const mediaTypes = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  module: 'application/vnd.openfunction.module.v1+json',
  bundle: 'application/vnd.openfunction.module.bundle.v1+javascript',
  assets: 'application/vnd.openfunction.module.assets.v1+tar',
  source: 'application/vnd.openfunction.source.v1+tar',
  cache: 'application/vnd.openfunction.codecache.v1',
  cacheBytes: 'application/vnd.openfunction.codecache.v1+octet-stream',
  empty: 'application/vnd.oci.empty.v1+json',
} as const;

/** What is read is never larger, whatever a manifest declares. */
export const artifactLimits: Readonly<Record<'manifest' | 'config' | 'bundle' | 'assets' | 'source' | 'cache', number>> = {
  manifest: 4 << 20,
  config: 1 << 20,
  bundle: 64 << 20,
  assets: 256 << 20,
  source: 256 << 20,
  cache: 64 << 20,
};

export interface Descriptor {
  mediaType: string;
  digest: Digest;
  size: number;
}

/** An OCI manifest and the blobs that it names. */
export interface Encoded {
  digest: Digest;
  manifest: Uint8Array;
  blobs: { descriptor: Descriptor; bytes: Uint8Array }[];
}

export interface OciManifest {
  artifactType?: string;
  config: Descriptor;
  layers: Descriptor[];
  annotations?: Record<string, string>;
}

/** The one canonical form of a module: its digest is that of the manifest, the same in every store. */
export function encodeModule(artifact: ModuleArtifact): Encoded & Pick<FetchedArtifact, 'parts'> {
  const config = Buffer.from(canonicalJson(artifact.manifest));
  const layers = [
    { mediaType: mediaTypes.bundle, bytes: artifact.bundle, limit: artifactLimits.bundle },
    ...(artifact.assets.length > 0 ? [{ mediaType: mediaTypes.assets, bytes: artifact.assets, limit: artifactLimits.assets }] : []),
  ];
  for (const layer of layers) assertWithin(layer.bytes.length, layer.limit, layer.mediaType);
  const encoded = encode({ artifactType: mediaTypes.module, config: { mediaType: mediaTypes.module, bytes: config }, layers });
  const [bundle, assets] = encoded.blobs.slice(1).map(({ descriptor }) => descriptor.digest);
  return { ...encoded, parts: { bundle: bundle!, assets } };
}

export function encodeSource(tar: Uint8Array): Encoded {
  assertWithin(tar.length, artifactLimits.source, 'the source tree');
  return encode({
    artifactType: mediaTypes.source,
    config: { mediaType: mediaTypes.empty, bytes: Buffer.from('{}') },
    layers: [{ mediaType: mediaTypes.source, bytes: tar }],
  });
}

export function encodeCache(cache: CodeCache): Encoded {
  assertWithin(cache.bytes.length, artifactLimits.cache, 'the code cache');
  return encode({
    artifactType: mediaTypes.cache,
    config: { mediaType: mediaTypes.empty, bytes: Buffer.from('{}') },
    layers: [{ mediaType: mediaTypes.cacheBytes, bytes: cache.bytes }],
    annotations: { 'io.openfunction.cache.key': cache.key },
  });
}

/** The tag of a code cache beside the module with this digest. */
export function cacheTag(digest: Digest, key: string): string {
  return `${cacheTagPrefix(digest)}${key.replace(/[^A-Za-z0-9._-]/g, '_').slice(0, 49)}`;
}

export function cacheTagPrefix(digest: Digest): string {
  return `${digest.replace(':', '-')}.cache-`;
}

/** Parses a manifest that was checked against its digest. */
export function decodeManifest(bytes: Uint8Array): OciManifest {
  const parsed = parseJson(bytes, 'manifest') as Partial<OciManifest> | null;
  const isWhole =
    parsed !== null &&
    typeof parsed === 'object' &&
    isDescriptor(parsed.config) &&
    Array.isArray(parsed.layers) &&
    parsed.layers.every(isDescriptor);
  if (!isWhole)
    throw new ArtifactError(
      'ArtifactCorrupt',
      'The manifest is not an OCI image manifest: config or layers are missing or malformed. Build the function again.',
    );
  return parsed as OciManifest;
}

export function kindOf(manifest: OciManifest): 'module' | 'source' | 'image' {
  if (manifest.config.mediaType === mediaTypes.module) return 'module';
  return manifest.layers[0]?.mediaType === mediaTypes.source ? 'source' : 'image';
}

/** Puts a module together again; `read` returns a blob's bytes after checking what is to be checked. */
export async function decodeModule(
  manifest: OciManifest,
  read: (descriptor: Descriptor, limit: number) => Promise<Uint8Array>,
): Promise<Pick<FetchedArtifact, 'artifact' | 'parts'>> {
  if (kindOf(manifest) !== 'module') {
    throw new ArtifactError(
      'NotAModule',
      `The reference holds ${manifest.config.mediaType}, not a module. Build the function with builder-node, or run the image as an image.`,
    );
  }
  const bundle = manifest.layers.find((layer) => layer.mediaType === mediaTypes.bundle);
  if (bundle === undefined) throw new ArtifactError('ArtifactCorrupt', 'The module has no bundle. Build the function again.');
  const assets = manifest.layers.find((layer) => layer.mediaType === mediaTypes.assets);
  const config = parseJson(await read(manifest.config, artifactLimits.config), 'module description');
  const artifact = {
    manifest: asModuleManifest(config),
    bundle: await read(bundle, artifactLimits.bundle),
    assets: assets === undefined ? new Uint8Array() : await read(assets, artifactLimits.assets),
  };
  return { artifact, parts: { bundle: bundle.digest, assets: assets?.digest } };
}

/** Throws unless the bytes are what the digest promises. */
export function assertDigest(bytes: Uint8Array, digest: Digest): void {
  const actual = digestOf(bytes);
  if (actual !== digest)
    throw new ArtifactError(
      'ArtifactCorrupt',
      `The content is ${actual}, but ${digest} was asked for. The store is damaged; build the function again.`,
    );
}

export function assertWithin(size: number, limit: number, what: string): void {
  if (!(size <= limit))
    throw new ArtifactError('ArtifactTooLarge', `${what} has ${size} bytes; the limit is ${limit}. Leave large files out of the source.`);
}

function encode(parts: {
  artifactType: string;
  config: { mediaType: string; bytes: Uint8Array };
  layers: { mediaType: string; bytes: Uint8Array }[];
  annotations?: Record<string, string>;
}): Encoded {
  const describe = (part: { mediaType: string; bytes: Uint8Array }): Encoded['blobs'][number] => ({
    descriptor: { mediaType: part.mediaType, digest: digestOf(part.bytes), size: part.bytes.length },
    bytes: part.bytes,
  });
  const config = describe(parts.config);
  const layers = parts.layers.map(describe);
  const manifest = Buffer.from(
    canonicalJson({
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      artifactType: parts.artifactType,
      config: config.descriptor,
      layers: layers.map((layer) => layer.descriptor),
      annotations: parts.annotations,
    }),
  );
  return { digest: digestOf(manifest), manifest, blobs: [config, ...layers] };
}

function parseJson(bytes: Uint8Array, what: string): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (error) {
    throw new ArtifactError('ArtifactCorrupt', `The ${what} is not JSON. Build the function again.`, { cause: error });
  }
}

function isDescriptor(value: unknown): value is Descriptor {
  if (value === null || typeof value !== 'object') return false;
  const { mediaType, digest, size } = value as Record<string, unknown>;
  return (
    typeof mediaType === 'string' && typeof digest === 'string' && isDigest(digest) && Number.isSafeInteger(size) && (size as number) >= 0
  );
}

/** Checks a module's description, wherever it came from; throws ArtifactError `ArtifactCorrupt`. */
export function asModuleManifest(value: unknown): ModuleManifest {
  const it = (value ?? {}) as Record<string, unknown>;
  const isKnown =
    it['runtime'] === 'node' &&
    (it['format'] === 'cjs' || it['format'] === 'async-cjs') &&
    Array.isArray(it['exports']) &&
    it['exports'].every((name) => typeof name === 'string') &&
    typeof it['entry'] === 'string' &&
    (it['target'] === undefined || typeof it['target'] === 'string');
  if (!isKnown)
    throw new ArtifactError(
      'ArtifactCorrupt',
      'The module description has unknown or missing fields. It was made by another version; build the function again.',
    );
  return value as ModuleManifest;
}
