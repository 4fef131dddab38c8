import { readdirSync, statSync, unlinkSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { artifactLimits, isDigest, parseReference, repositoryOf, type Digest } from '@openfunction/artifact';
import { writeIndex } from './layout-index.ts';

export interface CollectLayout {
  /** The folder of the layout. */
  dir: string;
  /** References of what is needed, by tag or by digest; asked for after everything else was read. */
  needed: () => Promise<readonly string[]>;
  /** What was written later than so long ago stays: somebody may be about to refer to it. */
  graceMs: number;
  now: number;
}

export interface Collected {
  tags: number;
  blobs: number;
  bytes: number;
}

interface Tag {
  file: string;
  repository: string;
  name: string;
  digest: string;
}

/**
 * Removes tags that nobody needs, and then the blobs that no tag and nobody names. Tags go first, so that a crash between
 * leaves blobs without a tag, which go the next time, and never a tag without its blobs.
 */
export async function collectLayout({ dir, needed, graceMs, now }: CollectLayout): Promise<Collected> {
  const isOld = (file: string): boolean => (statOf(file)?.mtimeMs ?? now) < now - graceMs;
  const tags = await tagsOf(dir);
  const blobs = filesOf(join(dir, 'blobs', 'sha256')).map((file) => ({ file, digest: `sha256:${file.split('/').at(-1)}` }));
  const references = (await needed()).flatMap(referenceOf);
  const digests = new Set<string>(references.flatMap(({ digest }) => (digest === undefined ? [] : [digest])));
  const names = new Set(references.map(({ registry, repository, tag }) => `${repositoryOf({ registry, repository })}:${tag}`));
  for (const { repository, name, digest } of tags) if (names.has(`${repository}:${name}`)) digests.add(digest);

  const isNeeded = ({ digest, name }: Tag): boolean => digests.has(digest) || digests.has(cachedDigest(name));
  const gone = tags.filter((tag) => !isNeeded(tag) && isOld(tag.file) && isRemoved(tag.file));
  if (gone.length > 0) await writeIndex(dir);

  const roots = [...digests, ...tags.filter((tag) => !gone.includes(tag)).map(({ digest }) => digest)];
  const kept = new Set<string>(roots);
  for (const digest of roots) for (const part of await partsOf(dir, digest)) kept.add(part);
  let bytes = 0;
  let count = 0;
  for (const { file, digest } of blobs) {
    // Looked at in the moment of its removal: whoever writes the same content again makes it new before relying on it.
    const size = statOf(file)?.size ?? 0;
    if (kept.has(digest) || !isOld(file) || !isRemoved(file)) continue;
    bytes += size;
    count += 1;
  }
  return { tags: gone.length, blobs: count, bytes };
}

/** `sha256-<hex>.cache-<key>`: lives as long as the module that it is a cache of. */
function cachedDigest(tag: string): string {
  return tag.replace(/^sha256-([0-9a-f]{64})\.cache-.*$/, 'sha256:$1');
}

async function tagsOf(dir: string): Promise<Tag[]> {
  const folders = namesIn(join(dir, 'refs'));
  const found = await Promise.all(
    folders.flatMap((folder) =>
      filesOf(join(dir, 'refs', folder)).map(async (file) => {
        const digest = (await readFile(file, 'utf8').catch(() => '')).trim();
        return { file, repository: decodeURIComponent(folder), name: file.split('/').at(-1) ?? '', digest };
      }),
    ),
  );
  return found;
}

/** The blobs that a manifest names; none of what is no manifest. */
async function partsOf(dir: string, digest: string): Promise<string[]> {
  if (!isDigest(digest)) return [];
  const path = join(dir, 'blobs', 'sha256', digest.slice('sha256:'.length));
  if ((statOf(path)?.size ?? Number.POSITIVE_INFINITY) > artifactLimits.manifest) return [];
  try {
    const { config, layers = [] } = JSON.parse(await readFile(path, 'utf8')) as {
      config?: { digest?: Digest };
      layers?: { digest?: Digest }[];
    };
    return [config, ...layers].flatMap((each) => (each?.digest === undefined ? [] : [each.digest]));
  } catch {
    return [];
  }
}

function referenceOf(text: string): ReturnType<typeof parseReference>[] {
  try {
    return [parseReference(text)];
  } catch {
    return [];
  }
}

/** Files that a crash left half written begin with a dot, and go like everything that nobody names. */
function filesOf(folder: string): string[] {
  return namesIn(folder).map((name) => join(folder, name));
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function statOf(file: string): { size: number; mtimeMs: number } | undefined {
  return statSync(file, { throwIfNoEntry: false });
}

function isRemoved(file: string): boolean {
  try {
    unlinkSync(file);
    return true;
  } catch {
    return false;
  }
}
