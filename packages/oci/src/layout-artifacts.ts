import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  ArtifactError,
  artifactLimits,
  assertWithin,
  isDigest,
  mediaTypes,
  repositoryOf,
  type Artifacts,
  type Digest,
  type Reference,
} from '@openfunction/artifact';
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
      const present = await stat(blobPath(digest)).catch(() => undefined);
      if (present?.size !== bytes.length) await writeWhole(blobPath(digest), bytes);
    },
    tags: async (reference, prefix) => listFolder(refsPath(reference)).filter((tag) => tag.startsWith(prefix)),
  };
  return backend;
}

async function writeIndex(dir: string): Promise<void> {
  const manifests: unknown[] = [];
  for (const folder of listFolder(join(dir, 'refs')).sort()) {
    for (const tag of listFolder(join(dir, 'refs', folder)).sort()) {
      const digest = (await readOptional(join(dir, 'refs', folder, tag), 256))?.toString().trim();
      if (digest === undefined || !isDigest(digest)) continue;
      const { size } = await stat(join(dir, 'blobs', 'sha256', digest.slice('sha256:'.length)));
      manifests.push({
        mediaType: mediaTypes.manifest,
        digest,
        size,
        annotations: { 'org.opencontainers.image.ref.name': `${decodeURIComponent(folder)}:${tag}` },
      });
    }
  }
  await writeWhole(join(dir, 'oci-layout'), Buffer.from('{"imageLayoutVersion":"1.0.0"}'));
  await writeWhole(join(dir, 'index.json'), Buffer.from(JSON.stringify({ schemaVersion: 2, manifests })));
}

/** Temporary files begin with a dot, which no tag does. */
function listFolder(path: string): string[] {
  try {
    return readdirSync(path).filter((name) => !name.startsWith('.'));
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = join(dirname(path), `.${randomBytes(8).toString('hex')}`);
  await mkdir(dirname(path), { recursive: true });
  const file = await open(temporary, 'wx', 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
    await file.close();
    await rename(temporary, path);
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(temporary, { force: true });
    throw error;
  }
}

const smallFile = 1024 * 1024;

async function readOptional(path: string, limit: number): Promise<Buffer | undefined> {
  try {
    const { size } = statSync(path);
    assertWithin(size, limit, path);
    // The way through the thread pool takes longer than reading a small file, and a cold start reads several.
    return size <= smallFile ? readFileSync(path) : await readFile(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
