import { Readable } from 'node:stream';
import { extract, pack } from 'tar-stream';
import { ArtifactError } from './artifact.ts';

/** A regular file or a folder; `path` is relative, POSIX, without `.` and `..`. */
export type TarEntry = { path: string; kind: 'file'; bytes: Uint8Array; executable?: boolean } | { path: string; kind: 'folder' };

export interface TarLimits {
  /** Sum of the bytes of all files. */
  bytes: number;
  entries: number;
}

export const defaultTarLimits: TarLimits = { bytes: 256 << 20, entries: 20_000 };

const deepest = 128;
const longestPart = 255;

/** Same entries, same bytes: sorted, time 0, owner 0. */
export async function writeTar(entries: TarEntry[]): Promise<Uint8Array> {
  const tar = pack();
  const sorted = [...entries].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  for (const entry of sorted) {
    const name = normalisedPath(entry.path);
    const common = { mtime: new Date(0), uid: 0, gid: 0, uname: '', gname: '' };
    if (entry.kind === 'folder') tar.entry({ ...common, name: `${name}/`, type: 'directory', mode: 0o755 });
    else tar.entry({ ...common, name, type: 'file', mode: entry.executable === true ? 0o755 : 0o644 }, Buffer.from(entry.bytes));
  }
  tar.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of tar) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}

/**
 * Yields the entries of an untrusted tar, one at a time. Anything but regular files and folders, a name
 * that leaves the tree, names that are equal but for case, and everything over the limits end it with ArtifactError.
 */
export async function* readTar(source: Uint8Array | Readable, limits: TarLimits = defaultTarLimits): AsyncGenerator<TarEntry> {
  const reader = extract();
  const input = source instanceof Readable ? source : Readable.from(slices(source));
  input.on('error', (error) => reader.destroy(error));
  input.pipe(reader);
  const seen = new Map<string, 'file' | 'folder'>();
  let bytes = 0;
  let count = 0;
  try {
    for await (const entry of reader) {
      count += 1;
      if (count > limits.entries) throw tooLarge(`more than ${limits.entries} entries`);
      const { header } = entry;
      if (header.type !== 'file' && header.type !== 'directory')
        throw corrupt(`"${header.name}" is a ${header.type ?? 'special file'}; only files and folders are allowed`);
      const kind = header.type === 'file' ? 'file' : 'folder';
      if (kind === 'folder' && /^(\.\/?)$/.test(header.name)) {
        entry.resume();
        continue;
      }
      const path = normalisedPath(header.name);
      claim(seen, path, kind);
      const chunks: Uint8Array[] = [];
      for await (const chunk of entry) {
        bytes += (chunk as Uint8Array).length;
        if (bytes > limits.bytes) throw tooLarge(`more than ${limits.bytes} bytes`);
        chunks.push(chunk as Uint8Array);
      }
      if (kind === 'folder') yield { path, kind };
      else yield { path, kind, bytes: Buffer.concat(chunks), ...(((header.mode ?? 0) & 0o100) !== 0 ? { executable: true } : {}) };
    }
  } catch (error) {
    if (error instanceof ArtifactError) throw error;
    throw corrupt(error instanceof Error ? error.message : String(error), error);
  } finally {
    input.destroy();
    reader.destroy();
  }
}

/** The relative POSIX form of a path inside a tree; throws ArtifactError when it would leave it. */
export function normalisedPath(name: string): string {
  const isForeign = name.startsWith('/') || name.includes('\\') || name.includes('\0') || /^[A-Za-z]:/.test(name);
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (isForeign || parts.length === 0 || parts.includes('..')) throw corrupt(`the name "${name.slice(0, 200)}" leaves the tree`);
  // No more than file systems take.
  if (name.length > 4096 || parts.length > deepest || parts.some((part) => Buffer.byteLength(part) > longestPart))
    throw corrupt(`the name "${name.slice(0, 200)}" is too long or too deep`);
  return parts.join('/');
}

function claim(seen: Map<string, 'file' | 'folder'>, path: string, kind: 'file' | 'folder'): void {
  const folded = path.normalize('NFC').toLowerCase();
  const before = seen.get(folded);
  if (before !== undefined && !(before === 'folder' && kind === 'folder'))
    throw corrupt(`"${path}" appears twice (names that differ in case only count as equal)`);
  for (let slash = folded.indexOf('/'); slash > 0; slash = folded.indexOf('/', slash + 1)) {
    if (seen.get(folded.slice(0, slash)) === 'file') throw corrupt(`"${path}" lies below a file`);
  }
  seen.set(folded, kind);
}

function* slices(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
}

function corrupt(why: string, cause?: unknown): ArtifactError {
  return new ArtifactError('ArtifactCorrupt', `The archive is refused: ${why}. Pack plain files and folders only.`, { cause });
}

function tooLarge(why: string): ArtifactError {
  return new ArtifactError('ArtifactTooLarge', `The archive is refused: it has ${why}. Leave build output and dependencies out of it.`);
}
