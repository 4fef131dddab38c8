import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { digestOf } from '@openfunction/artifact';
import { pack } from 'tar-stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { registryArtifacts } from '../registry-artifacts.ts';
import { thisPlatform } from './image-manifest.ts';
import { imagePuller } from './pull-image.ts';

const content = new Map<string, Buffer>();
let server: Server;
let host: string;
let asked: string[];
let dir: string;
beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const found = content.get((request.url ?? '').split('/').at(-1) ?? '');
    response.writeHead(found === undefined ? 404 : 200).end(found);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());
beforeEach(() => {
  asked = [];
  content.clear();
  dir = mkdtempSync(join(tmpdir(), 'ofn-pull-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const puller = (): ReturnType<typeof imagePuller> => imagePuller({ dir, plainHttp: [], plainLoopback: true, attempts: 1 });
const put = (bytes: Buffer, name: string = digestOf(bytes)): { digest: string; size: number } => {
  content.set(name, bytes);
  return { digest: digestOf(bytes), size: bytes.length };
};
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

async function putImage(tag: string, word: string, user = '', owner = 0): Promise<{ digest: string; layer: string }> {
  const tar = pack();
  if (owner !== 0) tar.entry({ name: 'data/', type: 'directory', uid: owner, gid: 55 });
  tar.entry({ name: 'word' }, word);
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(chunk as Buffer);
  const layer = put(gzipSync(Buffer.concat(chunks)));
  const config = put(json({ config: { User: user, Env: ['A=1'], Entrypoint: ['/run'], Cmd: ['x'], WorkingDir: '/w' } }));
  const layers = [{ mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', ...layer }];
  const manifest = put(
    json({ schemaVersion: 2, config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...config }, layers }),
    tag,
  );
  content.set(manifest.digest, content.get(tag)!);
  return { digest: manifest.digest, layer: layer.digest };
}

it('brings an image once, and says how it is to be started', async () => {
  const { digest } = await putImage('v1', 'hello');
  const images = puller();
  const [first, second] = await Promise.all([images.pull(`${host}/app:v1`), images.pull(`${host}/app:v1`)]);
  expect(first).toMatchObject({ digest, bytes: 5, config: { env: ['A=1'], entrypoint: ['/run'], command: ['x'], workingDir: '/w' } });
  expect(readFileSync(join(first.root, 'word'), 'utf8')).toBe('hello');
  expect(second.root).toBe(first.root);
  asked = [];
  expect((await puller().pull(`${host}/app:v1`)).root).toBe(first.root);
  expect(asked.filter((url) => url.includes('/blobs/'))).toHaveLength(1);
});

it.skipIf(process.getuid?.() !== 0)('gives the files of the user of an image to a number that nobody has (needs root)', async () => {
  await putImage('v1', 'hello', '100:101', 100);
  await putImage('v2', 'hello', '', 100);
  const images = imagePuller({ dir, plainHttp: [], plainLoopback: true, attempts: 1, firstId: 1_000_000 });
  for (const _ of ['unpacked', 'kept']) {
    const { root, user } = await images.pull(`${host}/app:v1`);
    expect(user).toEqual({ inside: { uid: 100, gid: 101 }, outside: { uid: 1_000_100, gid: 1_000_101 } });
    expect(statSync(join(root, 'data'))).toMatchObject({ uid: 1_000_100, gid: 0 });
    expect(statSync(join(root, 'word')).uid).toBe(0);
  }
  const ofRoot = await images.pull(`${host}/app:v2`);
  expect(ofRoot).not.toHaveProperty('user');
  expect(statSync(join(ofRoot.root, 'data')).uid).toBe(0);
});

it('runs an image as root where there are no numbers to give to its user', async () => {
  await putImage('v1', 'hello', '100', 100);
  expect(await puller().pull(`${host}/app:v1`)).not.toHaveProperty('user');
});

describe('what is kept of images', () => {
  let at: number;
  let used: Set<string>;
  const later = 3_600_000;
  const keeper = (maxBytes = 1000): ReturnType<typeof imagePuller> =>
    imagePuller({ dir, maxBytes, plainHttp: [], plainLoopback: true, attempts: 1, inUse: () => used, now: () => at });
  beforeEach(() => {
    at = Date.now();
    used = new Set();
  });
  const pull = async (images: ReturnType<typeof imagePuller>, tag: string, word: string): Promise<string> => {
    await putImage(tag, word);
    at += 120_000;
    return (await images.pull(`${host}/app:${tag}`)).root;
  };

  it('goes when no reference stands for it any more and nothing runs from it', async () => {
    const images = keeper();
    const [named, running, idle] = [await pull(images, 'a', 'one'), await pull(images, 'b', 'two'), await pull(images, 'c', 'three')];
    used.add(running);
    expect(images.collect([])).toBe(0);
    at += later;
    expect(images.collect([`${host}/app:a`])).toBe(1);
    expect([named, running, idle].map((root) => existsSync(root))).toEqual([true, true, false]);
  });

  it('goes when its name stands for another image', async () => {
    const images = keeper();
    const before = await pull(images, 'a', 'one');
    const after = await pull(images, 'a', 'two');
    at += later;
    expect(images.collect([`${host}/app:a`])).toBe(1);
    expect([before, after].map((root) => existsSync(root))).toEqual([false, true]);
  });

  it('never takes more than it may: those used longest ago go, and never those that something runs from', async () => {
    const images = keeper(25);
    const [first, oldest, newest] = [
      await pull(images, 'a', '0123456789'),
      await pull(images, 'b', 'abcdefghij'),
      await pull(images, 'c', 'klmnopqrst'),
    ];
    expect([first, oldest, newest].map((root) => existsSync(root))).toEqual([false, true, true]);
    used = new Set([oldest, newest]);
    await putImage('d', 'too much');
    await expect(images.pull(`${host}/app:d`)).rejects.toMatchObject({
      code: 'ArtifactTooLarge',
      message: expect.stringContaining('20 bytes'),
    });
    used.delete(oldest);
    const again = await pull(images, 'd', 'too much');
    expect([oldest, newest, again].map((root) => existsSync(root))).toEqual([false, true, true]);
  });
});

it('takes the variant of this platform, and says when there is none', async () => {
  const { digest } = await putImage('plain', 'mine');
  const size = content.get('plain')!.length;
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const index = (architecture: string): Buffer =>
    json({ manifests: [{ mediaType, digest, size, platform: { ...thisPlatform, architecture } }] });
  put(index(thisPlatform.architecture), 'many');
  put(index('s390x'), 'other');
  expect(readFileSync(join((await puller().pull(`${host}/app:many`)).root, 'word'), 'utf8')).toBe('mine');
  await expect(puller().pull(`${host}/app:other`)).rejects.toMatchObject({ code: 'ArtifactNotFound' });
});

it('believes no bytes that are not what their digest says, and leaves nothing of them', async () => {
  const { layer } = await putImage('v1', 'hello');
  content.set(layer, Buffer.alloc(content.get(layer)!.length, 7));
  await expect(puller().pull(`${host}/app:v1`)).rejects.toMatchObject({ code: 'ArtifactCorrupt' });
  expect(readdirSync(dir)).toEqual([]);
  await expect(puller().pull(`${host}/app:none`)).rejects.toMatchObject({ code: 'ArtifactNotFound' });
});

it('tells a module from an image, and the number of the user that an image names', async () => {
  const artifacts = registryArtifacts({ plainHttp: [host], attempts: 1 });
  await putImage('numbered', 'a', '100:101');
  await putImage('named', 'b', 'app');
  await putImage('root', 'c', '0');
  expect(await artifacts.stat(`${host}/app:numbered`)).toMatchObject({ kind: 'image', user: 100 });
  for (const tag of ['named', 'root']) expect(await artifacts.stat(`${host}/app:${tag}`)).not.toHaveProperty('user');
  await expect(artifacts.get(`${host}/app:named`)).rejects.toMatchObject({ code: 'NotAModule' });
  put(json({ manifests: [] }), 'index');
  expect(await artifacts.stat(`${host}/app:index`)).toMatchObject({ kind: 'image' });
  await expect(artifacts.get(`${host}/app:index`)).rejects.toMatchObject({ code: 'NotAModule' });
});
