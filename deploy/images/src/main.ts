// Builds the platform's container images, without a Docker daemon: pnpm images [--out FOLDER] [--repository HOST/PATH] [--tag TAG] [--push] [--plain-http] [--arch amd64,arm64]
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { attachBill } from './attach-bill.ts';
import { ociArchive, type OciImage } from './oci-image.ts';
import { isArchitecture, ownArchitecture, type Architecture } from './node-program.ts';
import { bringOtherPrograms, otherPrograms } from './other-programs.ts';
import { esbuildVersion, platformImages, type PlatformImage, type PlatformImages } from './platform-images.ts';
import { pushImage, pushIndex } from './push-image.ts';

if (process.platform !== 'linux') {
  fail(`Images cannot be built on ${process.platform}: they are made of this machine's Node and its libraries. Build them on Linux.`);
}
const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    repository: { type: 'string', default: 'docker.io/openfunction' },
    tag: { type: 'string' },
    push: { type: 'boolean', default: false },
    'plain-http': { type: 'boolean', default: false },
    arch: { type: 'string', default: ownArchitecture() },
  },
});
const cache = path.join(process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache'), 'openfunction', 'images');
const out = path.resolve(values.out ?? path.join(cache, 'archives'));
mkdirSync(out, { recursive: true });

const architectures = values.arch.split(',').filter(isArchitecture);
if (architectures.join() !== values.arch) fail(`--arch takes amd64, arm64 or both, separated by a comma, and not "${values.arch}".`);
if (architectures.length > 1 && !values.push)
  fail('One image for several kinds of machines lies in a registry only. Add --push, or build for one kind at a time.');

const built: PlatformImages[] = [];
for (const architecture of architectures) built.push(await imagesFor(architecture));
// The same content, the same tag; a change cannot hide behind a tag that a node has already.
const content = createHash('sha256')
  .update(
    built
      .flatMap((images) => Object.values(images))
      .map(({ digest }) => digest)
      .join('\n'),
  )
  .digest('hex');
const tag = values.tag ?? `dev-${content.slice(0, 12)}`;
for (const name of ['platform', 'runner-node', 'build'] as const) {
  const reference = `${values.repository}/${name}:${tag}`;
  const images = built.map((each) => each[name]);
  if (values.push) await push(images, reference);
  for (const image of images) {
    const archive = path.join(out, `${name}-${tag}.tar`);
    if (!values.push) await write(image, reference, archive);
    const { architecture, digest, bytes } = image;
    console.log(JSON.stringify({ name, reference, architecture, digest, bytes, ...(values.push ? {} : { archive }) }));
  }
}

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}

async function imagesFor(architecture: Architecture): Promise<PlatformImages> {
  const layers = path.join(cache, 'layers');
  if (architecture === ownArchitecture()) return platformImages(layers);
  bringOtherPrograms(architecture, cache, { esbuild: esbuildVersion() });
  return platformImages(layers, otherPrograms(architecture, cache, { esbuild: esbuildVersion() }));
}

async function push(images: readonly PlatformImage[], reference: string): Promise<void> {
  const options = { plainHttp: values['plain-http'] };
  const [first, ...more] = images;
  if (first !== undefined && more.length === 0) await pushImage(first, reference, options);
  else await pushIndex(images, reference, options);
  for (const image of images) await attachBill(image, image.bill, reference, options);
}

async function write(image: OciImage, reference: string, archive: string): Promise<void> {
  if (values.tag === undefined && existsSync(archive)) return;
  writeFileSync(`${archive}.${process.pid}`, await ociArchive(image, reference));
  renameSync(`${archive}.${process.pid}`, archive);
}
