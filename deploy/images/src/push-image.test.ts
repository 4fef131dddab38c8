import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { layerOf } from './layer.ts';
import { ociImage, type OciImage } from './oci-image.ts';
import { pushIndex } from './push-image.ts';
import { startRegistry } from './testing/registry.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'ofn-push-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function imageFor(architecture: 'amd64' | 'arm64'): Promise<OciImage> {
  const layer = await layerOf([{ path: 'program', kind: 'file', bytes: Buffer.from(architecture) }], folder);
  return ociImage({ layers: [layer], architecture, entrypoint: ['/program'] });
}

it('puts images for two kinds of machines under one name, from which each takes its own', async () => {
  const registry = await startRegistry();
  const images = [await imageFor('amd64'), await imageFor('arm64')];
  await pushIndex(images, `${registry.host}/of/platform:v1`, registry);
  expect(registry.manifest('of/platform', 'v1')).toMatchObject({
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: images.map(({ architecture, digest }) => ({ digest, platform: { architecture, os: 'linux' } })),
  });
  for (const { digest, manifest, blobs } of images) {
    expect(registry.manifest('of/platform', digest)).toEqual(JSON.parse(manifest.toString()));
    for (const [name, bytes] of blobs) expect(registry.blob(name)).toEqual(bytes);
  }
  await registry.close();
});
