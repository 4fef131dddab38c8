import { chmodSync, closeSync, linkSync, lstatSync, mkdirSync, openSync, readdirSync, rmSync, symlinkSync, writeSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { ArtifactError } from '@openfunction/artifact';
import { extract, type Extract } from 'tar-stream';
import type { UserIds } from './image-user.ts';
import { corrupt, pathWithin, partsOf } from './path-within.ts';

export interface UnpackLimits {
  /** Of the files of all layers. */
  bytes: number;
  entries: number;
  /** Why no more bytes are left, where it is not for the image's own size. */
  why?: string;
}

/** What was unpacked so far, of all layers. */
export interface Unpacked {
  bytes: number;
  entries: number;
  /** Whose files and folders are not root's, by path. */
  owners: Map<string, UserIds>;
}

type Entry = Extract extends AsyncIterable<infer One> ? One : never;

const whiteout = '.wh.';
const opaque = '.wh..wh..opq';
const slice = 1 << 20;

/**
 * Puts one layer of an image over those before. What an image holds is not trusted: nothing is written outside of `root`, no
 * devices and pipes are made, owners, set-user bits and other rights are left out, and the limits hold while it is read.
 */
export async function unpackLayer(
  layer: { bytes: Uint8Array; mediaType: string },
  root: string,
  total: Unpacked,
  limits: UnpackLimits,
): Promise<void> {
  const tar = extract();
  const made = new Set<string>();
  const read = async (): Promise<void> => {
    for await (const entry of tar) {
      total.entries += 1;
      if (total.entries > limits.entries) throw tooLarge(`more than ${limits.entries} files`);
      await place(entry, { root, made, total, limits });
      entry.resume();
    }
  };
  const source = Readable.from(slices(layer.bytes));
  const packing = unpackerOf(layer);
  try {
    await Promise.all([packing === undefined ? pipeline(source, tar) : pipeline(source, packing, tar), read()]);
  } catch (cause) {
    if (cause instanceof ArtifactError) throw cause;
    throw new ArtifactError('ArtifactCorrupt', 'A layer of the image is no tar. Push the image again.', { cause });
  }
}

interface Place {
  root: string;
  /** What this layer itself has put there. */
  made: Set<string>;
  total: Unpacked;
  limits: UnpackLimits;
}

async function place(entry: Entry, { root, made, total, limits }: Place): Promise<void> {
  const { name, type, linkname, mode } = entry.header;
  const parts = partsOf(name);
  const last = parts.at(-1);
  if (last === undefined) return;
  const path = pathWithin(root, name);
  if (last === opaque) return hideAll(dirname(path), made);
  if (last.startsWith(whiteout)) {
    const hidden = last.slice(whiteout.length);
    if (hidden === '' || hidden === '.' || hidden === '..') throw corrupt(`"${name}" hides what is no file`);
    return rmSync(join(dirname(path), hidden), { recursive: true, force: true });
  }
  for (let folder = path; folder.length > root.length; folder = dirname(folder)) made.add(folder);
  const present = lstatSync(path, { throwIfNoEntry: false });
  if (type === 'directory') {
    if (present !== undefined && !present.isDirectory()) rmSync(path, { recursive: true });
    mkdirSync(path, { recursive: true });
    noteOwner(entry, path, total);
    // Its owner has to be able to remove it again.
    return chmodSync(path, (mode & 0o777) | 0o700);
  }
  if (present !== undefined) rmSync(path, { recursive: true });
  noteOwner(entry, path, total);
  if (type === 'file' || type === 'contiguous-file') return writeFile(entry, path, { mode: (mode & 0o777) | 0o600, total, limits });
  if (type === 'symlink') return symlinkSync(linkname ?? '', path);
  if (type === 'link') return linkWithin(root, linkname ?? '', path);
}

function noteOwner({ header: { uid, gid } }: Entry, path: string, { owners }: Unpacked): void {
  if (uid === 0 && gid === 0) owners.delete(path);
  else owners.set(path, { uid, gid });
}

async function writeFile(
  entry: Entry,
  path: string,
  { mode, total, limits }: Pick<Place, 'total' | 'limits'> & { mode: number },
): Promise<void> {
  const file = openSync(path, 'wx', mode);
  try {
    for await (const chunk of entry as AsyncIterable<Uint8Array>) {
      total.bytes += chunk.length;
      if (total.bytes > limits.bytes) throw tooLarge(limits.why ?? `more than ${limits.bytes} bytes unpacked`);
      for (let at = 0; at < chunk.length;) at += writeSync(file, chunk, at);
    }
  } finally {
    closeSync(file);
  }
  chmodSync(path, mode);
}

/** A hard link, and only to a file of the image: never through a link that leads elsewhere. */
function linkWithin(root: string, target: string, path: string): void {
  const from = pathWithin(root, target);
  const found = lstatSync(from, { throwIfNoEntry: false });
  if (found === undefined || found.isDirectory()) throw corrupt(`the link "${relative(root, path)}" names no file`);
  linkSync(from, path);
}

/** Hides what lower layers put into a folder. */
function hideAll(folder: string, made: ReadonlySet<string>): void {
  for (const name of readdirSync(folder)) if (!made.has(join(folder, name))) rmSync(join(folder, name), { recursive: true });
}

function unpackerOf({ bytes, mediaType }: { bytes: Uint8Array; mediaType: string }): NodeJS.ReadWriteStream | undefined {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return createGunzip();
  if (Buffer.from(bytes.subarray(0, 4)).readUInt32LE() === 0xfd2fb528) return createZstdDecompress();
  if (/\+(gzip|zstd)$/.test(mediaType)) throw corrupt('a layer is not packed as it says');
  return undefined;
}

function* slices(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += slice) yield bytes.subarray(at, at + slice);
}

function tooLarge(why: string): ArtifactError {
  return new ArtifactError(
    'ArtifactTooLarge',
    `The image is too large to be unpacked here: ${why}. Make it smaller, or run it on a cluster.`,
  );
}
