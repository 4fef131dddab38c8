import { ArtifactError, type Artifacts, type CodeCache, type Digest } from './artifact.ts';
import {
  artifactLimits,
  assertDigest,
  decodeManifest,
  decodeModule,
  encodeModule,
  encodeSource,
  kindOf,
  type Encoded,
} from './module-artifact.ts';
import { parseReference, repositoryOf } from './reference.ts';

/** Artifacts in memory, for tests and for everything that does not outlive its process. */
export function memoryArtifacts(): Artifacts {
  const content = new Map<Digest, Encoded>();
  const tags = new Map<string, Digest>();
  const caches = new Map<string, CodeCache>();

  const store = (ref: string, encoded: Encoded): Digest => {
    const reference = parseReference(ref);
    content.set(encoded.digest, encoded);
    if (reference.tag !== undefined) tags.set(`${repositoryOf(reference)}:${reference.tag}`, encoded.digest);
    return encoded.digest;
  };
  const find = (ref: string): Encoded | undefined => {
    const reference = parseReference(ref);
    const digest = reference.digest ?? tags.get(`${repositoryOf(reference)}:${reference.tag}`);
    return digest === undefined ? undefined : content.get(digest);
  };
  const need = (ref: string): Encoded => {
    const found = find(ref);
    if (found === undefined)
      throw new ArtifactError('ArtifactNotFound', `There is no artifact "${ref}". Build it first, or correct the reference.`);
    return found;
  };

  return {
    guarded: false,
    put: async (ref, artifact, { caches: given = [] } = {}) => {
      const digest = store(ref, encodeModule(artifact));
      for (const cache of given) {
        assertDigest(cache.bytes, cache.digest);
        caches.set(`${digest}/${cache.key}`, cache);
      }
      return digest;
    },
    get: async (ref) => {
      const encoded = need(ref);
      const read = async (descriptor: { digest: Digest }): Promise<Uint8Array> =>
        encoded.blobs.find((blob) => blob.descriptor.digest === descriptor.digest)!.bytes;
      return {
        digest: encoded.digest,
        ...(await decodeModule(decodeManifest(encoded.manifest), read)),
        caches: [...caches].filter(([key]) => key.startsWith(encoded.digest)).map(([, cache]) => cache),
      };
    },
    stat: async (ref) => {
      const found = find(ref);
      return found === undefined ? undefined : { digest: found.digest, kind: kindOf(decodeManifest(found.manifest)) };
    },
    putSource: async (ref, tar) => store(ref, encodeSource(tar)),
    getSource: async (ref) => {
      const encoded = need(ref);
      if (kindOf(decodeManifest(encoded.manifest)) !== 'source')
        throw new ArtifactError('NotAModule', `"${ref}" is not a source tree. Upload the source with ofn deploy.`);
      const tar = encoded.blobs[1]!.bytes;
      if (tar.length > artifactLimits.source)
        throw new ArtifactError('ArtifactTooLarge', `"${ref}" is too large. Leave large files out of the source.`);
      return tar;
    },
  };
}
