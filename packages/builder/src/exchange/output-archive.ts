import type { Readable } from 'node:stream';
import { artifactLimits, readTar, writeTar, type TarEntry } from '@openfunction/artifact';
import { BuildError } from '../build-error.ts';

/** The parts of an artifact as a build hands them over. */
export interface BuildOutput {
  manifest: Uint8Array;
  bundle: Uint8Array;
  assets: Uint8Array;
  caches: { key: string; bytes: Uint8Array }[];
}

const maximumCaches = 2;
const parts = {
  'manifest.json': artifactLimits.config,
  'bundle.js': artifactLimits.bundle,
  'assets.tar': artifactLimits.assets,
} as const;

/** More than any output that would be accepted, tar's own framing included. */
export const outputLimit: number =
  artifactLimits.config + artifactLimits.bundle + artifactLimits.assets + maximumCaches * artifactLimits.cache + (1 << 20);

export function packOutput(output: BuildOutput): Promise<Uint8Array> {
  const file = (path: string, bytes: Uint8Array): TarEntry => ({ path, kind: 'file', bytes });
  return writeTar([
    file('manifest.json', output.manifest),
    file('bundle.js', output.bundle),
    file('assets.tar', output.assets),
    ...output.caches.map(({ key, bytes }) => file(`caches/${key}`, bytes)),
  ]);
}

/** Reads what an untrusted build sent; anything but the known parts within their limits is refused. */
export async function unpackOutput(archive: Readable): Promise<BuildOutput> {
  const found = new Map<string, Uint8Array>();
  const caches: BuildOutput['caches'] = [];
  for await (const entry of readTar(archive, { bytes: outputLimit, entries: Object.keys(parts).length + maximumCaches })) {
    if (entry.kind === 'folder') throw refused(`it holds the folder "${entry.path}"`);
    const key = /^caches\/(v[0-9.]{1,20}-[a-z0-9]{1,20}-[0-9]{1,20})$/.exec(entry.path)?.[1];
    const limit = key === undefined ? parts[entry.path as keyof typeof parts] : artifactLimits.cache;
    if (limit === undefined) throw refused(`it holds the unknown part "${entry.path.slice(0, 100)}"`);
    if (entry.bytes.length > limit) throw refused(`${entry.path} has more than ${limit} bytes`);
    if (key === undefined) found.set(entry.path, entry.bytes);
    else caches.push({ key, bytes: entry.bytes });
  }
  const [manifest, bundle, assets] = (Object.keys(parts) as (keyof typeof parts)[]).map((name) => found.get(name));
  if (manifest === undefined || bundle === undefined || assets === undefined) throw refused('a part of it is missing');
  return { manifest, bundle, assets, caches };
}

function refused(why: string): BuildError {
  return new BuildError('BuildFailed', `The output of the build is refused: ${why}. Make the function's files smaller, or build again.`);
}
