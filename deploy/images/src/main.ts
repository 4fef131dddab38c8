// Builds the platform's container images, without a Docker daemon: pnpm images [--out FOLDER] [--repository HOST/PATH] [--tag TAG] [--push] [--plain-http]
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { attachBill } from './attach-bill.ts';
import { ociArchive, type OciImage } from './oci-image.ts';
import { platformImages } from './platform-images.ts';
import { pushImage } from './push-image.ts';

if (process.platform !== 'linux') {
  console.error(
    `Images cannot be built on ${process.platform}: they are made of this machine's Node and its libraries. Build them on Linux.`,
  );
  process.exit(1);
}
const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    repository: { type: 'string', default: 'docker.io/openfunction' },
    tag: { type: 'string' },
    push: { type: 'boolean', default: false },
    'plain-http': { type: 'boolean', default: false },
  },
});
const cache = path.join(process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache'), 'openfunction', 'images');
const out = path.resolve(values.out ?? path.join(cache, 'archives'));
mkdirSync(out, { recursive: true });

const images = await platformImages(path.join(cache, 'layers'));
// The same content, the same tag; a change cannot hide behind a tag that a node has already.
const content = createHash('sha256')
  .update(
    Object.values(images)
      .map(({ digest }) => digest)
      .join('\n'),
  )
  .digest('hex');
const tag = values.tag ?? `dev-${content.slice(0, 12)}`;
for (const [name, image] of Object.entries(images)) {
  const reference = `${values.repository}/${name}:${tag}`;
  const archive = path.join(out, `${name}-${tag}.tar`);
  if (values.push) {
    await pushImage(image, reference, { plainHttp: values['plain-http'] });
    await attachBill(image, image.bill, reference, { plainHttp: values['plain-http'] });
  } else await write(image, reference, archive);
  console.log(JSON.stringify({ name, reference, digest: image.digest, bytes: image.bytes, ...(values.push ? {} : { archive }) }));
}

async function write(image: OciImage, reference: string, archive: string): Promise<void> {
  if (values.tag === undefined && existsSync(archive)) return;
  writeFileSync(`${archive}.${process.pid}`, await ociArchive(image, reference));
  renameSync(`${archive}.${process.pid}`, archive);
}
