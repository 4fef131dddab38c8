import { existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { pack, type Header } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { unpackLayer, type UnpackLimits } from './unpack-layer.ts';

type Given = Partial<Header> & { name: string; content?: string };

let outside: string;
let root: string;
beforeEach(() => {
  outside = mkdtempSync(join(tmpdir(), 'ofn-unpack-'));
  root = join(outside, 'root');
  mkdirSync(root);
  writeFileSync(join(outside, 'mine'), 'untouched');
});
afterEach(() => rmSync(outside, { recursive: true, force: true }));

async function tarOf(entries: Given[]): Promise<Buffer> {
  const tar = pack();
  for (const { content, ...header } of entries) tar.entry({ size: content?.length ?? 0, ...header }, content ?? '');
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
async function unpack(
  entries: Given[],
  limits: UnpackLimits = { bytes: 1 << 20, entries: 1000 },
  total = { bytes: 0, entries: 0, owners: new Map() },
): Promise<void> {
  await unpackLayer(
    { bytes: gzipSync(await tarOf(entries)), mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip' },
    root,
    total,
    limits,
  );
}
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

describe('what images hold', () => {
  it('is unpacked: files, folders, links, and the bits that make a program', async () => {
    await unpack([
      { name: 'bin/', type: 'directory', mode: 0o755 },
      { name: 'bin/app', mode: 0o4755, content: 'program' },
      { name: './etc/conf', content: 'a=1' },
      { name: 'sbin', type: 'symlink', linkname: 'bin' },
      { name: 'bin/again', type: 'link', linkname: 'bin/app' },
    ]);
    expect(read('etc/conf')).toBe('a=1');
    expect(read('sbin/again')).toBe('program');
    expect(statSync(join(root, 'bin/app')).mode & 0o7777).toBe(0o755);
  });

  it('is unpacked through the links of layers before, as a process would see it', async () => {
    await unpack([
      { name: 'usr/bin/', type: 'directory' },
      { name: 'bin', type: 'symlink', linkname: '/usr/bin' },
    ]);
    await unpack([{ name: 'bin/tool', content: 'x' }]);
    expect(read('usr/bin/tool')).toBe('x');
    expect(lstatSync(join(root, 'bin')).isSymbolicLink()).toBe(true);
  });

  it('hides what a later layer takes away, and not what that layer brings', async () => {
    await unpack([
      { name: 'data/old', content: '1' },
      { name: 'data/deep/old', content: '1' },
      { name: 'one/gone', content: '1' },
      { name: 'one/kept', content: '1' },
    ]);
    await unpack([
      { name: 'data/new', content: '2' },
      { name: 'data/.wh..wh..opq', content: '' },
      { name: 'one/.wh.gone', content: '' },
    ]);
    expect(readdirSync(join(root, 'data'))).toEqual(['new']);
    expect(readdirSync(join(root, 'one'))).toEqual(['kept']);
  });

  it('may be packed with zstd, or not at all', async () => {
    const limits = { bytes: 1000, entries: 10 };
    const tar = await tarOf([{ name: 'a', content: '1' }]);
    for (const bytes of [zstdCompressSync(tar), tar]) {
      rmSync(join(root, 'a'), { force: true });
      await unpackLayer({ bytes, mediaType: 'tar' }, root, { bytes: 0, entries: 0, owners: new Map() }, limits);
      expect(read('a')).toBe('1');
    }
  });
});

describe('what hostile images hold', () => {
  it.each([
    ['a name that leaves the image', [{ name: '../mine', content: 'bad' }]],
    ['a name that leaves it on the way', [{ name: 'a/../../mine', content: 'bad' }]],
    ['a hard link to what is outside', [{ name: 'a', type: 'link', linkname: '../mine' }]],
    ['a hard link to nothing', [{ name: 'a', type: 'link', linkname: 'none' }]],
    ['a whiteout of its parent', [{ name: 'a/.wh...', content: '' }]],
    [
      'links without end',
      [
        { name: 'a', type: 'symlink', linkname: 'b' },
        { name: 'b', type: 'symlink', linkname: 'a' },
        { name: 'a/x', content: '1' },
      ],
    ],
    [
      'a file that is also a folder',
      [
        { name: 'a', content: '1' },
        { name: 'a/b', content: '2' },
      ],
    ],
  ] satisfies [string, Given[]][])('is refused: %s', async (_, entries) => {
    await expect(unpack(entries)).rejects.toMatchObject({ code: 'ArtifactCorrupt' });
    expect(readFileSync(join(outside, 'mine'), 'utf8')).toBe('untouched');
  });

  it('stays inside when a link leads outside', async () => {
    await unpack([
      { name: 'up', type: 'symlink', linkname: '../..' },
      { name: 'abs', type: 'symlink', linkname: outside },
      { name: 'up/mine', content: 'bad' },
      { name: 'abs/mine', content: 'bad' },
      { name: 'file', type: 'symlink', linkname: '../mine' },
      { name: 'file', content: 'not through the link' },
    ]);
    expect(readFileSync(join(outside, 'mine'), 'utf8')).toBe('untouched');
    expect(read('mine')).toBe('bad');
    expect(read('file')).toBe('not through the link');
  });

  it('makes no devices and no pipes', async () => {
    await unpack([
      { name: 'null', type: 'character-device', devmajor: 1, devminor: 3 },
      { name: 'disk', type: 'block-device', devmajor: 8, devminor: 0 },
      { name: 'pipe', type: 'fifo' },
    ]);
    expect(readdirSync(root)).toEqual([]);
  });

  it('ends at the limits, of all layers together', async () => {
    const bomb = [{ name: 'zeros', content: '\0'.repeat(100_000) }];
    await expect(unpack(bomb, { bytes: 50_000, entries: 10 })).rejects.toMatchObject({ code: 'ArtifactTooLarge' });
    await expect(unpack(bomb, { bytes: 150_000, entries: 10 }, { bytes: 60_000, entries: 1, owners: new Map() })).rejects.toMatchObject({
      code: 'ArtifactTooLarge',
    });
    const many = Array.from({ length: 11 }, (_each, at) => ({ name: `f${at}`, content: '' }));
    await expect(unpack(many, { bytes: 1, entries: 10 })).rejects.toMatchObject({ code: 'ArtifactTooLarge' });
  });

  it('is refused when it is no tar', async () => {
    const limits = { bytes: 1000, entries: 10 };
    for (const bytes of [gzipSync('no tar at all'.repeat(100)), gzipSync('x').subarray(0, 12)]) {
      const layer = unpackLayer({ bytes, mediaType: 'tar' }, root, { bytes: 0, entries: 0, owners: new Map() }, limits);
      await expect(layer).rejects.toMatchObject({ code: 'ArtifactCorrupt' });
    }
  });

  it('never changes anything outside, whatever the names and links are', async () => {
    const part = fc.constantFrom('a', 'b', '..', '.', '', 'mine', '.wh.a', '.wh..wh..opq');
    const name = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('/'));
    const target = fc.oneof(name, fc.constantFrom('/', '/mine', '../mine', '../..', '../../mine'));
    const entry = fc.record({ name, type: fc.constantFrom('file', 'directory', 'symlink', 'link'), linkname: target } as const);
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { maxLength: 12 }), async (entries) => {
        rmSync(root, { recursive: true, force: true });
        mkdirSync(root);
        await unpack(entries.map((each) => (each.type === 'file' ? { ...each, content: 'bad' } : each))).catch(() => undefined);
        expect(readdirSync(outside).toSorted()).toEqual(['mine', 'root']);
        expect(readFileSync(join(outside, 'mine'), 'utf8')).toBe('untouched');
      }),
      { numRuns: 150 },
    );
    expect(existsSync(root)).toBe(true);
  });
});
