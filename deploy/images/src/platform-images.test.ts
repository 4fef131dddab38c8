import { mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { defaultTarLimits, readTar, type Digest } from '@openfunction/artifact';
import { afterAll, expect, it } from 'vitest';
import { billOfMaterials, componentsOf } from './bill-of-materials.ts';
import { npmArchitecture, ownArchitecture, type Architecture } from './node-program.ts';
import { ociIndex, type OciImage } from './oci-image.ts';
import { otherPrograms } from './other-programs.ts';
import { esbuildVersion, platformImages } from './platform-images.ts';
import { readElf, type Elf } from './testing/elf.ts';

const mostBytes = 90e6;
const machines = { amd64: 62, arm64: 183 };
const limits = { ...defaultTarLimits, bytes: 1e9 };
const imagesCache = path.join(process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache'), 'openfunction', 'images');

const folders = [0, 1].map(() => mkdtempSync(path.join(tmpdir(), 'ofn-images-')));
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

// They are made of this machine's Node and its libraries.
it.skipIf(process.platform !== 'linux')(
  'makes small images for a user without rights, the same from the same files',
  { timeout: 480_000 },
  async () => {
    const images = await platformImages(folders[0]!);
    const again = await platformImages(folders[1]!);
    for (const [name, image] of Object.entries(images)) {
      expect(image.bytes, name).toBeLessThanOrEqual(mostBytes);
      expect(again[name as keyof typeof again].digest, name).toBe(image.digest);
      const { config } = JSON.parse(image.manifest.toString()) as { config: { digest: `sha256:${string}` } };
      const { config: settings } = JSON.parse(image.blobs.get(config.digest)?.toString() ?? '{}') as { config: { User: string } };
      expect(settings.User, name).toBe('65532:65532');
      await expectWhole(image, ownArchitecture());
    }
  },
);

const other: Architecture = ownArchitecture() === 'amd64' ? 'arm64' : 'amd64';
const programs = otherPrograms(other, imagesCache, { esbuild: esbuildVersion() });
if (programs === undefined) console.log(`Images for ${other} are not tried: their programs were not brought (bring-programs.ts).`);

it.skipIf(programs === undefined)(
  'makes images of the same content for machines of the other kind, with programs and libraries of that kind alone',
  { timeout: 480_000 },
  async () => {
    const images = await platformImages(folders[0]!, programs);
    for (const [name, image] of Object.entries(images)) {
      expect(image.bytes, name).toBeLessThanOrEqual(mostBytes);
      await expectWhole(image, other);
      expect(Buffer.from(image.bill).toString(), name).toContain(`"name": "node"`);
    }
    expect(Buffer.from(images.build.bill).toString()).toContain(`pkg:npm/%40esbuild/linux-${npmArchitecture[other]}@`);
    const own = await platformImages(folders[0]!);
    const index = JSON.parse(ociIndex([own.platform, images.platform]).toString()) as { manifests: object[] };
    expect(index.manifests).toMatchObject(
      [own.platform, images.platform].map(({ architecture, digest }) => ({ digest, platform: { architecture, os: 'linux' } })),
    );
  },
);

interface LayerFile {
  path: string;
  elf?: Elf | undefined;
  /** Files that a bundle reads, by paths from its own place. */
  reads?: string[];
}

function contentOf(file: string, bytes: Buffer): Omit<LayerFile, 'path'> {
  if (!/^app\/[^/]+\.mjs$/.test(file)) return { elf: readElf(bytes) };
  const places = bytes.toString().matchAll(/\bnew URL\((["'])(\.{1,2}\/[^"']*)\1, *import\.meta\.url\)/g);
  return { reads: [...places].map(([, , place = '']) => path.posix.join(path.posix.dirname(file), place)) };
}

/** Images share a layer, which is read once. */
const layersRead = new Map<Digest, LayerFile[]>();
async function filesOf(digest: Digest, bytes: Buffer): Promise<LayerFile[]> {
  const files = layersRead.get(digest) ?? [];
  if (!layersRead.has(digest))
    for await (const file of readTar(gunzipSync(bytes), limits))
      files.push(file.kind === 'file' ? { path: file.path, ...contentOf(file.path, Buffer.from(file.bytes)) } : { path: file.path });
  layersRead.set(digest, files);
  return files;
}

/** Says so itself; each program in it finds its loader and its libraries there, and each bundle what it reads; nothing of it was started. */
async function expectWhole({ manifest, blobs }: OciImage, architecture: Architecture): Promise<void> {
  const { config, layers } = JSON.parse(manifest.toString()) as Record<'config', { digest: Digest }> & { layers: { digest: Digest }[] };
  expect(JSON.parse(blobs.get(config.digest)?.toString() ?? '{}')).toMatchObject({ architecture, os: 'linux' });
  const files = (await Promise.all(layers.map(({ digest }) => filesOf(digest, blobs.get(digest)!)))).flat();
  const paths = new Set(files.map((file) => file.path));
  expect(files.flatMap(({ reads = [] }) => reads).filter((at) => !paths.has(at))).toEqual([]);
  const names = new Set([...paths].map((at) => path.basename(at)));
  const found = files.flatMap((file) => (file.elf === undefined ? [] : [{ at: file.path, ...file.elf }]));
  expect(found.map(({ at }) => at)).toEqual(expect.arrayContaining(['usr/local/bin/node']));
  expect(found.filter(({ machine }) => machine !== machines[architecture])).toEqual([]);
  expect(found.flatMap(({ needed }) => needed).filter((name) => !names.has(name))).toEqual([]);
  for (const { at, interpreter } of found) if (interpreter !== undefined) expect(paths, at).toContain(interpreter.slice(1));
}

it('names the packages that a bundle was made of, and the version of each', () => {
  const inputs = [
    'node_modules/.pnpm/undici@7.1.0/node_modules/undici/index.js',
    'node_modules/.pnpm/@grpc+grpc-js@1.14.7/node_modules/@grpc/grpc-js/build/src/index.js',
    'node_modules/.pnpm/a@2.0.0_b@1.0.0/node_modules/a/index.js',
    'packages/kube/src/index.ts',
  ];
  const components = componentsOf(inputs);
  expect(components.map(({ name, version }) => `${name}@${version}`)).toEqual(['undici@7.1.0', '@grpc/grpc-js@1.14.7', 'a@2.0.0']);
  const bill = billOfMaterials('platform', components);
  expect(JSON.parse(Buffer.from(bill.bytes).toString())).toMatchObject({
    bomFormat: 'CycloneDX',
    components: [{ purl: 'pkg:npm/%40grpc/grpc-js@1.14.7' }, {}, { name: 'undici' }],
  });
});
