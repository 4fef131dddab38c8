import { Readable } from 'node:stream';
import { pack, type Header } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { digestOf } from './digest.ts';
import { readTar, writeTar, type TarEntry, type TarLimits } from './source-tar.ts';

const file = (path: string, text = ''): TarEntry => ({ path, kind: 'file', bytes: Buffer.from(text) });

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

async function all(tar: Uint8Array, limits?: TarLimits): Promise<TarEntry[]> {
  return collect(readTar(tar, limits));
}

async function hostile(header: Partial<Header> & { name: string }): Promise<Uint8Array> {
  const tar = pack();
  tar.entry(header, '');
  tar.finalize();
  return Buffer.concat(await collect(tar as AsyncIterable<Buffer>));
}

describe('source tar', () => {
  it('has the same bytes whatever the order of its entries', async () => {
    expect(digestOf(await writeTar([file('b', '2'), file('a', '1')]))).toBe(digestOf(await writeTar([file('a', '1'), file('b', '2')])));
  });

  it('reads back what it wrote, long and foreign names too', async () => {
    const long = `${'folder/'.repeat(30)}ü.txt`;
    const entries = await all(await writeTar([file(long, 'hi'), { path: 'empty', kind: 'folder' }]));
    expect(entries.map((entry) => [entry.path, entry.kind])).toEqual([
      ['empty', 'folder'],
      [long, 'file'],
    ]);
  });

  it.each(['../x', '/etc/x', 'C:\\x', 'a/../../x', 'a\\b'])('refuses the name %s', async (name) => {
    await expect(all(await hostile({ name }))).rejects.toMatchObject({ code: 'ArtifactCorrupt' });
  });

  it.each(['symlink', 'link', 'character-device', 'fifo'] as const)('refuses a %s', async (type) => {
    await expect(all(await hostile({ name: 'x', type, linkname: '/etc/passwd' }))).rejects.toMatchObject({ code: 'ArtifactCorrupt' });
  });

  it('refuses twins that differ in case only', async () => {
    await expect(all(await writeTar([file('A'), file('a')]))).rejects.toMatchObject({ code: 'ArtifactCorrupt' });
  });

  it('stops at the limits while it reads', async () => {
    const tar = await writeTar([file('a', 'x'.repeat(5000)), file('b')]);
    await expect(all(tar, { bytes: 4999, entries: 10 })).rejects.toMatchObject({ code: 'ArtifactTooLarge' });
    await expect(all(tar, { bytes: 9999, entries: 1 })).rejects.toMatchObject({ code: 'ArtifactTooLarge' });
  });

  it('refuses a tar that ends too early, and one that is none', async () => {
    const tar = await writeTar([file('a', 'x'.repeat(5000))]);
    await expect(all(tar.subarray(0, 2000))).rejects.toMatchObject({ code: 'ArtifactCorrupt' });
    await expect(all(Buffer.alloc(2048, 65))).rejects.toMatchObject({ code: 'ArtifactCorrupt' });
  });

  it('reads from a stream', async () => {
    const tar = await writeTar([file('a', '1')]);
    expect(await collect(readTar(Readable.from([tar.subarray(0, 100), tar.subarray(100)])))).toHaveLength(1);
  });
});
