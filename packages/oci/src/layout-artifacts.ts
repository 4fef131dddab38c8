import { statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { ArtifactError, artifactLimits, isDigest, repositoryOf, type Artifacts, type Digest, type Reference } from '@openfunction/artifact';
import { listFolder, readOptional, writeWhole } from './layout-files.ts';
import { writeIndex } from './layout-index.ts';
import { ociArtifacts } from './oci-artifacts.ts';
import type { OciBackend } from './oci-backend.ts';

/**
 * Artifacts in an OCI image layout below `dir`. Several processes may share it: every file appears whole,
 * by rename. Tags are small files below `refs/`; `index.json` is made from them for other tools.
 */
export function layoutArtifacts(options: { dir: string }): Artifacts {
  const backend = layoutBackend(options.dir);
  return ociArtifacts(() => backend, { guarded: false });
}

function layoutBackend(dir: string): OciBackend {
  const blobPath = (digest: Digest): string => join(dir, 'blobs', 'sha256', digest.slice('sha256:'.length));
  const refsPath = (reference: Reference): string => join(dir, 'refs', encodeURIComponent(repositoryOf(reference)));
  let indexing: Promise<void> = Promise.resolve();

  const resolveTag = async (reference: Reference): Promise<Digest | undefined> => {
    if (reference.digest !== undefined) return reference.digest;
    const text = (await readOptional(join(refsPath(reference), `${reference.tag}`), 256))?.toString().trim();
    if (text !== undefined && !isDigest(text))
      throw new ArtifactError(
        'ArtifactCorrupt',
        `The tag "${reference.tag}" of ${repositoryOf(reference)} is damaged. Build the function again.`,
      );
    return text;
  };

  const backend: OciBackend = {
    readManifest: async (reference) => {
      const digest = await resolveTag(reference);
      return digest === undefined ? undefined : readOptional(blobPath(digest), artifactLimits.manifest);
    },
    writeManifest: async (reference, digest, bytes) => {
      await writeWhole(blobPath(digest), bytes);
      if (reference.tag === undefined) return;
      await writeWhole(join(refsPath(reference), reference.tag), Buffer.from(digest));
      indexing = indexing.catch(() => undefined).then(() => writeIndex(dir));
      await indexing;
    },
    readBlob: (_reference, descriptor, limit) => readOptional(blobPath(descriptor.digest), limit),
    writeBlob: async (_reference, digest, bytes) => {
      // Made new, so that nobody collects it before the manifest is written that names it.
      if (isPresent(blobPath(digest), bytes.length)) utimesSync(blobPath(digest), new Date(), new Date());
      else await writeWhole(blobPath(digest), bytes);
    },
    tags: async (reference, prefix) => listFolder(refsPath(reference)).filter((tag) => tag.startsWith(prefix)),
  };
  return backend;
}

function isPresent(file: string, size: number): boolean {
  return statSync(file, { throwIfNoEntry: false })?.size === size;
}
