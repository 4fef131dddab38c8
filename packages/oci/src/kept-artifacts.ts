import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  asModuleManifest,
  digestOf,
  encodeModule,
  parseReference,
  type ArtifactAccess,
  type Artifacts,
  type Digest,
  type FetchedArtifact,
  type ModuleManifest,
} from '@openfunction/artifact';

export interface KeptArtifactsOptions {
  from: Pick<Artifacts, 'get' | 'stat'>;
  /** A folder of its own, which nobody else writes to. */
  dir: string;
  /** The one used longest ago goes first. */
  maxBytes: number;
}

interface Header {
  digest: Digest;
  manifest: ModuleManifest;
  bundle: number;
  assets: number;
  caches: { key: string; digest: Digest; size: number }[];
}

/** Artifacts of somewhere else, kept on disk too: one file each, checked against its digest whenever it is read. */
export function keptArtifacts({ from, dir, maxBytes }: KeptArtifactsOptions): Pick<Artifacts, 'get'> {
  let tidying: Promise<void> = Promise.resolve();

  // What was read with credentials is found again only with the same ones.
  const pathOf = (repository: string, digest: Digest, access?: ArtifactAccess): string =>
    join(
      dir,
      createHash('sha256')
        .update(JSON.stringify([repository, digest, access?.credentials ?? null]))
        .digest('hex'),
    );

  async function keep(path: string, fetched: FetchedArtifact): Promise<void> {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    const temporary = join(dir, `.${randomBytes(8).toString('hex')}`);
    await writeFile(temporary, packed(fetched), { mode: 0o600 });
    await rename(temporary, path);
    tidying = tidying.then(() => tidy(dir, maxBytes)).catch(() => undefined);
    await tidying;
  }

  return {
    get: async (ref, access) => {
      const reference = parseReference(ref);
      const digest = reference.digest ?? (await from.stat(ref, access))?.digest;
      if (digest === undefined) return from.get(ref, access);
      const path = pathOf(`${reference.registry}/${reference.repository}`, digest, access);
      const kept = await readKept(path, digest);
      if (kept !== undefined) return kept;
      // What is kept must be whole.
      const fetched = await from.get(ref, access && { credentials: access.credentials });
      // A full disk costs time at the next start, and nothing else.
      if (fetched.digest === digest) await keep(path, fetched).catch(() => undefined);
      return fetched;
    },
  };
}

function packed({ digest, artifact, caches }: FetchedArtifact): Buffer {
  const header: Header = {
    digest,
    manifest: artifact.manifest,
    bundle: artifact.bundle.length,
    assets: artifact.assets.length,
    caches: caches.map(({ key, digest, bytes }) => ({ key, digest, size: bytes.length })),
  };
  const head = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(head.length);
  return Buffer.concat([length, head, artifact.bundle, artifact.assets, ...caches.map(({ bytes }) => bytes)]);
}

/** Undefined when there is none, or when it is not what it should be. */
async function readKept(path: string, digest: Digest): Promise<FetchedArtifact | undefined> {
  try {
    const fetched = unpacked(await readFile(path));
    const encoded = encodeModule(fetched.artifact);
    if (fetched.digest !== digest || encoded.digest !== digest) return undefined;
    if (fetched.caches.some((cache) => digestOf(cache.bytes) !== cache.digest)) return undefined;
    const now = new Date();
    void utimes(path, now, now).catch(() => undefined);
    return { ...fetched, parts: encoded.parts };
  } catch {
    return undefined;
  }
}

function unpacked(file: Buffer): Omit<FetchedArtifact, 'parts'> {
  let at = 4 + file.readUInt32BE(0);
  const header = JSON.parse(file.toString('utf8', 4, at)) as Header;
  const take = (size: number): Buffer => file.subarray(at, (at += size));
  const artifact = { manifest: asModuleManifest(header.manifest), bundle: take(header.bundle), assets: take(header.assets) };
  return { digest: header.digest, artifact, caches: header.caches.map(({ key, digest, size }) => ({ key, digest, bytes: take(size) })) };
}

async function tidy(dir: string, maxBytes: number): Promise<void> {
  const files = await Promise.all(
    (await readdir(dir)).map(async (name) => {
      const { size, mtimeMs } = await stat(join(dir, name));
      return { path: join(dir, name), size, mtimeMs };
    }),
  );
  let bytes = files.reduce((sum, { size }) => sum + size, 0);
  for (const file of files.toSorted((a, b) => a.mtimeMs - b.mtimeMs)) {
    if (bytes <= maxBytes) return;
    await rm(file.path, { force: true });
    bytes -= file.size;
  }
}
