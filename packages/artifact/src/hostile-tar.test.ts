import { Readable } from 'node:stream';
import { assert, asyncProperty, integer, uint8Array } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArtifactError } from './artifact.ts';
import { readTar, writeTar, type TarEntry } from './source-tar.ts';

interface Raw {
  name: string;
  /** As it stands in the header, when it is not the length of the data. */
  size?: string | number;
  data?: string | Buffer;
  /** `0` file, `5` folder, `1` hard link, `2` symbolic link, `x` pax, `g` global pax, `L` GNU's long name, `S` sparse. */
  type?: string;
  link?: string;
  mode?: string;
}

/** One entry as other programs write it, or would not. */
function entry({ name, data = '', size = Buffer.from(data).length, type = '0', link = '', mode = '0000644' }: Raw): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0, 100, 'utf8');
  header.write(`${mode}\0`, 100);
  header.write('0000000\0'.repeat(2), 108);
  header.write(typeof size === 'number' ? `${size.toString(8).padStart(11, '0')}\0` : size, 124, 12, 'latin1');
  header.write('00000000000\0', 136);
  header.write('        ', 148);
  header.write(type, 156);
  header.write(link, 157, 100, 'utf8');
  header.write('ustar\u000000', 257);
  const sum = header.reduce((all, byte) => all + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  const bytes = Buffer.from(data);
  return Buffer.concat([header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);
}

const end = Buffer.alloc(1024);
const pax = (records: Record<string, string>, type = 'x'): Buffer => {
  const lines = Object.entries(records).map(([key, value]) => {
    const rest = ` ${key}=${value}\n`;
    let length = rest.length + 1;
    while (`${length}${rest}`.length !== length) length = `${length}${rest}`.length;
    return `${length}${rest}`;
  });
  return entry({ name: 'pax', type, data: lines.join('') });
};

async function read(...parts: Buffer[]): Promise<TarEntry[]> {
  const found: TarEntry[] = [];
  for await (const each of readTar(Buffer.concat([...parts, end]))) found.push(each);
  return found;
}
const refused = expect.objectContaining({ name: 'ArtifactError' }) as unknown;

describe('a hostile archive', () => {
  it.each<[string, Buffer[]]>([
    ['leaves the tree by its name', [entry({ name: '../x' })]],
    ['leaves the tree by a pax name', [pax({ path: '../x' }), entry({ name: 'x' })]],
    [
      "leaves the tree by GNU's long name",
      [entry({ name: '././@LongLink', type: 'L', data: `${'a/'.repeat(60)}../${'../'.repeat(61)}x\0` }), entry({ name: 'x' })],
    ],
    ['names a drive', [entry({ name: 'C:/x' })]],
    ['names a folder with a backslash', [entry({ name: 'a\\..\\..\\x' })]],
    ['has a symbolic link, and a file through it', [entry({ name: 'd', type: '2', link: '/etc' }), entry({ name: 'd/x' })]],
    ['has a hard link', [entry({ name: 'x', type: '1', link: '/etc/passwd' })]],
    ['has a link by pax', [pax({ linkpath: '/etc/passwd' }), entry({ name: 'x', type: '2' })]],
    [
      'has two links and then a hard link',
      [
        entry({ name: 'a', type: '2', link: '.' }),
        entry({ name: 'a/b', type: '2', link: '..' }),
        entry({ name: 'c', type: '1', link: 'a/b/x' }),
      ],
    ],
    ['has a character device', [entry({ name: 'x', type: '3' })]],
    ['has a block device', [entry({ name: 'x', type: '4' })]],
    ['has a fifo', [entry({ name: 'x', type: '6' })]],
    ['has a sparse file', [entry({ name: 'x', type: 'S' })]],
    ['has an entry of a kind that nobody knows', [entry({ name: 'x', type: 'Z' })]],
    ['has a file twice', [entry({ name: 'x' }), entry({ name: './x' })]],
    ['has twins by case', [entry({ name: 'a/X' }), entry({ name: 'A/x' })]],
    ['has twins by normal form', [entry({ name: 'a\u0301' }), entry({ name: '\u00e1' })]],
    ['has a file where it has a folder', [entry({ name: 'x', type: '5' }), entry({ name: 'x' })]],
    ['has a file below a file', [entry({ name: 'x' }), entry({ name: 'x/y' })]],
    ['has an empty name', [entry({ name: '' })]],
    ['has a file that is the tree itself', [entry({ name: './' })]],
    ['has a part of a name that no file system takes', [pax({ path: 'x'.repeat(300) }), entry({ name: 'x' })]],
    ['has a name without end', [pax({ path: 'x/'.repeat(4000) }), entry({ name: 'x' })]],
    ['is deeper than anybody needs', [pax({ path: `${'d/'.repeat(200)}x` }), entry({ name: 'x' })]],
    ['declares 8 GiB and has nothing', [entry({ name: 'x', size: 8 * 2 ** 30 - 1 })]],
    ['declares more than numbers hold', [entry({ name: 'x', size: '\x80\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff' })]],
    ['declares a size that is no number', [entry({ name: 'x', size: 'zzzzzzzzzzz' })]],
    ['declares by pax what it has not', [pax({ size: '99999999999' }), entry({ name: 'x' })]],
    ['has a header whose sum is wrong', [entry({ name: 'x' }).fill(0x39, 0, 1)]],
  ])('that %s is refused', async (_what, parts) => {
    await expect(read(...parts)).rejects.toEqual(refused);
  });

  it.each<[string, Buffer[]]>([
    ['a global name', [pax({ path: '/etc/x' }, 'g'), entry({ name: 'x' })]],
    ['a size below zero', [entry({ name: 'x', size: '\xff'.repeat(12) })]],
  ])('has no effect by %s', async (_what, parts) => {
    expect(await read(...parts)).toEqual([{ path: 'x', kind: 'file', bytes: Buffer.alloc(0) }]);
  });

  it('of very many entries ends at the limit, without holding them', async () => {
    const one = entry({ name: 'x' });
    let given = 0;
    const many = Readable.from(
      (function* () {
        for (let index = 0; index < 1_000_000; index += 1) {
          given += 1;
          yield entry({ name: `f${index}` });
        }
        yield one;
      })(),
    );
    const all = async (): Promise<void> => {
      for await (const each of readTar(many)) void each;
    };
    await expect(all()).rejects.toMatchObject({ code: 'ArtifactTooLarge' });
    expect(given).toBeLessThan(25_000);
  });

  it('gives no file a right that files of sources do not have', async () => {
    const [file] = await read(entry({ name: 'x', mode: '0006777' }));
    expect(file).toMatchObject({ kind: 'file', executable: true });
    expect(Object.keys(file ?? {})).toEqual(['path', 'kind', 'bytes', 'executable']);
  });

  it('is read to an end or refused, however it is damaged', async () => {
    const whole = Buffer.concat([pax({ path: 'a/b' }), entry({ name: 'x', data: 'text' }), entry({ name: 'd', type: '5' }), end]);
    await assert(
      asyncProperty(integer({ min: 0, max: whole.length - 1 }), uint8Array({ minLength: 1, maxLength: 40 }), async (at, bytes) => {
        const damaged = Buffer.from(whole);
        damaged.set(bytes.subarray(0, damaged.length - at), at);
        try {
          for await (const { path } of readTar(damaged)) expect(path.split('/')).not.toContain('..');
        } catch (error) {
          expect(error).toBeInstanceOf(ArtifactError);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('that we wrote is never one', async () => {
    const names = ['a', 'b/c', `${'d/'.repeat(60)}e`, 'ü'.repeat(100)];
    const tar = await writeTar(names.map((path) => ({ path, kind: 'file', bytes: Buffer.from('x') })));
    const read: string[] = [];
    for await (const { path } of readTar(tar)) read.push(path);
    expect(read.toSorted()).toEqual(names.toSorted());
  });
});
