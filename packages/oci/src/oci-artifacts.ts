import {
  ArtifactError,
  artifactLimits,
  assertDigest,
  assertWithin,
  cacheTag,
  cacheTagPrefix,
  decodeManifest,
  decodeModule,
  digestOf,
  encodeCache,
  encodeModule,
  encodeSource,
  kindOf,
  mediaTypes,
  parseReference,
  type Artifacts,
  type CodeCache,
  type Descriptor,
  type Digest,
  type Encoded,
  type OciManifest,
  type Reference,
  type RegistryCredentials,
} from '@openfunction/artifact';
import { isIndex, readImage, userOf } from './images/image-manifest.ts';
import type { OciBackend } from './oci-backend.ts';

/** More caches than any fleet has kinds of Node; a repository full of tags must not stop a start. */
const maximumCaches = 16;

interface WantedCaches {
  digest: Digest;
  readerChecks?: boolean;
}

/** Artifacts over anything that keeps OCI manifests and blobs; checks what it returns. */
export function ociArtifacts(open: (credentials?: RegistryCredentials) => OciBackend, { guarded }: Pick<Artifacts, 'guarded'>): Artifacts {
  const write = async (backend: OciBackend, reference: Reference, encoded: Encoded): Promise<Digest> => {
    for (const blob of encoded.blobs) await backend.writeBlob(reference, blob.descriptor.digest, blob.bytes);
    await backend.writeManifest(reference, encoded.digest, encoded.manifest);
    return encoded.digest;
  };

  const read = async (backend: OciBackend, reference: Reference): Promise<{ digest: Digest; bytes: Uint8Array } | undefined> => {
    const bytes = await backend.readManifest(reference);
    if (bytes === undefined) return undefined;
    assertWithin(bytes.length, artifactLimits.manifest, 'the manifest');
    if (reference.digest !== undefined) assertDigest(bytes, reference.digest);
    return { digest: reference.digest ?? digestOf(bytes), bytes };
  };

  const find = async (backend: OciBackend, reference: Reference): Promise<{ digest: Digest; manifest: OciManifest } | undefined> => {
    const found = await read(backend, reference);
    if (found === undefined) return undefined;
    // Only images have variants.
    if (isIndex(found.bytes))
      throw new ArtifactError(
        'NotAModule',
        'The reference holds images for several platforms, not a module. Build the function with builder-node, or run the image as an image.',
      );
    return { digest: found.digest, manifest: decodeManifest(found.bytes) };
  };

  const describe = async (
    backend: OciBackend,
    reference: Reference,
    { digest, bytes }: { digest: Digest; bytes: Uint8Array },
  ): Promise<Awaited<ReturnType<Artifacts['stat']>>> => {
    const kind = isIndex(bytes) ? 'image' : kindOf(decodeManifest(bytes));
    if (kind !== 'image') return { digest, kind };
    // Who cannot tell its user runs it as another.
    const user = await readImage(backend, reference, { bytes }).then(
      ({ config }) => userOf(config),
      () => undefined,
    );
    return { digest, kind, ...(user === undefined ? {} : { user }) };
  };

  const need = async (backend: OciBackend, ref: string): Promise<{ reference: Reference; digest: Digest; manifest: OciManifest }> => {
    const reference = parseReference(ref);
    const found = await find(backend, reference);
    if (found === undefined)
      throw new ArtifactError('ArtifactNotFound', `There is no artifact "${ref}". Build it first, or correct the reference.`);
    return { reference, ...found };
  };

  const readBlob = async (
    backend: OciBackend,
    reference: Reference,
    descriptor: Descriptor,
    { limit, readerChecks = false }: { limit: number; readerChecks?: boolean },
  ): Promise<Uint8Array> => {
    assertWithin(descriptor.size, limit, descriptor.mediaType);
    const bytes = await backend.readBlob(reference, descriptor, descriptor.size);
    if (bytes === undefined)
      throw new ArtifactError('ArtifactCorrupt', `The blob ${descriptor.digest} is missing. Build the function again.`);
    if (!readerChecks) assertDigest(bytes, descriptor.digest);
    return bytes;
  };

  const readCache = async (backend: OciBackend, reference: Reference, readerChecks?: boolean): Promise<CodeCache | undefined> => {
    const found = await find(backend, reference);
    const layer = found?.manifest.layers[0];
    const key = found?.manifest.annotations?.['io.openfunction.cache.key'];
    if (layer?.mediaType !== mediaTypes.cacheBytes || key === undefined) return undefined;
    return { key, digest: layer.digest, bytes: await readBlob(backend, reference, layer, { limit: artifactLimits.cache, readerChecks }) };
  };

  // A cache only saves time: whatever is wrong with it, the module loads without.
  const readCaches = async (backend: OciBackend, reference: Reference, { digest, readerChecks }: WantedCaches): Promise<CodeCache[]> => {
    try {
      const tags = (await backend.tags(reference, cacheTagPrefix(digest))).slice(0, maximumCaches);
      const read = await Promise.all(
        tags.map((tag) =>
          readCache(backend, { registry: reference.registry, repository: reference.repository, tag }, readerChecks).catch(() => undefined),
        ),
      );
      return read.filter((cache) => cache !== undefined);
    } catch {
      return [];
    }
  };

  return {
    guarded,
    put: async (ref, artifact, { caches = [], credentials } = {}) => {
      const backend = open(credentials);
      const reference = parseReference(ref);
      const encoded = encodeModule(artifact);
      for (const cache of caches) {
        assertDigest(cache.bytes, cache.digest);
        await write(backend, { ...reference, digest: undefined, tag: cacheTag(encoded.digest, cache.key) }, encodeCache(cache));
      }
      return write(backend, reference, encoded);
    },
    get: async (ref, access) => {
      const backend = open(access?.credentials);
      const { reference, digest, manifest } = await need(backend, ref);
      const readerChecks = access?.readerChecks;
      const read = (descriptor: Descriptor, limit: number): Promise<Uint8Array> =>
        // Its description is used here.
        readBlob(backend, reference, descriptor, { limit, readerChecks: readerChecks && descriptor !== manifest.config });
      return {
        digest,
        ...(await decodeModule(manifest, read)),
        caches: await readCaches(backend, reference, { digest, readerChecks }),
      };
    },
    stat: async (ref, access) => {
      const [backend, reference] = [open(access?.credentials), parseReference(ref)];
      const found = await read(backend, reference);
      return found === undefined ? undefined : describe(backend, reference, found);
    },
    putSource: async (ref, tar, access) => write(open(access?.credentials), parseReference(ref), encodeSource(tar)),
    getSource: async (ref, access) => {
      const backend = open(access?.credentials);
      const { reference, manifest } = await need(backend, ref);
      const layer = manifest.layers[0];
      if (kindOf(manifest) !== 'source' || layer === undefined)
        throw new ArtifactError('NotAModule', `"${ref}" is not a source tree. Upload the source with ofn deploy.`);
      return readBlob(backend, reference, layer, { limit: artifactLimits.source });
    },
  };
}
