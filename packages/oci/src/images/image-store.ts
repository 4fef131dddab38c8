import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Digest } from '@openfunction/artifact';

/** Unpacked images below a folder, each once, and which references they were last pulled by. */
export interface ImageStore {
  placeOf(digest: Digest): string;
  /** The size of an image that was unpacked whole, which is used now. */
  use(digest: Digest): number | undefined;
  /** The reference stands for this image from now on. */
  name(ref: string, digest: Digest): void;
  /** What the images take that must stay. */
  bytesInUse(): number;
  /** Makes room: those used longest ago go, until the rest takes so much at most. */
  shrink(maxBytes: number): void;
  /** Removes the images that none of the references stands for and that nothing has used for `graceMs`; answers how many. */
  collect(needed: readonly string[], graceMs: number): number;
}

export interface ImageStoreOptions {
  dir: string;
  /** The `root` folders that instances need now. */
  inUse: () => ReadonlySet<string>;
  now: () => number;
  /** Files belong to the users of images, so that what was unpacked without is no use. */
  hasOwners: boolean;
}

interface Kept {
  place: string;
  bytes: number;
  usedAt: number;
}

/** Between the answer of a pull and the moment when its instance is known to need it. */
const handOverMs = 60_000;

export function imageStore({ dir, inUse, now, hasOwners }: ImageStoreOptions): ImageStore {
  const names = join(dir, 'names');
  const nameOf = (ref: string): string => join(names, createHash('sha256').update(ref).digest('hex'));
  const placeOf = (digest: string): string => join(dir, digest.replace(':', '-') + (hasOwners ? '.own' : ''));

  function kept(place: string): Kept | undefined {
    const found = statSync(join(place, 'bytes'), { throwIfNoEntry: false });
    return found === undefined ? undefined : { place, bytes: Number(textOf(join(place, 'bytes'))), usedAt: found.mtimeMs };
  }
  const all = (): Kept[] =>
    namesIn(dir)
      .filter((name) => !isScrap(name))
      .flatMap((name) => kept(join(dir, name)) ?? []);
  const isNeeded = ({ place, usedAt }: Kept, graceMs: number): boolean => inUse().has(join(place, 'root')) || now() - usedAt < graceMs;

  /** Out of the way at once, and gone soon: an image may be many files. */
  function remove({ place }: Kept): void {
    const gone = `${place}.${now()}.gone`;
    renameSync(place, gone);
    // What cannot be removed now is tried at the next start.
    void rm(gone, { recursive: true, force: true }).catch(() => undefined);
  }

  for (const name of namesIn(dir)) if (isScrap(name)) rmSync(join(dir, name), { recursive: true, force: true });

  return {
    placeOf,
    use: (digest) => {
      const found = kept(placeOf(digest));
      if (found !== undefined) utimesSync(join(found.place, 'bytes'), now() / 1000, now() / 1000);
      return found?.bytes;
    },
    name: (ref, digest) => {
      mkdirSync(names, { recursive: true, mode: 0o700 });
      writeFileSync(nameOf(ref), digest);
    },
    bytesInUse: () =>
      all()
        .filter((each) => isNeeded(each, handOverMs))
        .reduce((sum, { bytes }) => sum + bytes, 0),
    shrink: (maxBytes) => {
      const images = all();
      let total = images.reduce((sum, { bytes }) => sum + bytes, 0);
      for (const each of images.toSorted((left, right) => left.usedAt - right.usedAt)) {
        if (total <= maxBytes) return;
        if (isNeeded(each, handOverMs)) continue;
        remove(each);
        total -= each.bytes;
      }
    },
    collect: (needed, graceMs) => {
      const places = new Set(needed.map((ref) => placeOf(textOf(nameOf(ref)))));
      const gone = all().filter((each) => !places.has(each.place) && !isNeeded(each, graceMs));
      for (const each of gone) remove(each);
      for (const name of namesIn(names)) if (kept(placeOf(textOf(join(names, name)))) === undefined) rmSync(join(names, name));
      return gone.length;
    },
  };
}

/** What was being made or removed when its maker ended. */
function isScrap(name: string): boolean {
  return name.endsWith('.new') || name.endsWith('.gone');
}

function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch {
    return [];
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
