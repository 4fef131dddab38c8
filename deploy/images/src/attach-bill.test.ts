import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { digestOf } from '@openfunction/artifact';
import { afterAll, expect, it } from 'vitest';
import { attachBill } from './attach-bill.ts';
import { billOfMaterials } from './bill-of-materials.ts';
import { layerOf } from './layer.ts';
import { ociImage, type OciImage } from './oci-image.ts';
import { pushImage } from './push-image.ts';
import { startRegistry } from './testing/registry.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'ofn-bill-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function imageOf(text: string): Promise<OciImage> {
  const layer = await layerOf([{ path: 'a', kind: 'file', bytes: Buffer.from(text) }], folder);
  return ociImage({ layers: [layer], entrypoint: ['/a'] });
}
const { bytes: bill } = billOfMaterials('platform', [{ name: 'undici', version: '7.1.0', kind: 'npm' }]);
const listed = (digest: string): object => ({ digest, artifactType: 'application/vnd.cyclonedx+json' });

it('lays the bill of an image beside it, where scanners look for it', async () => {
  const registry = await startRegistry({ listsReferrers: true });
  const image = await imageOf('one');
  await pushImage(image, `${registry.host}/of/platform:v1`, registry);
  await attachBill(image, bill, `${registry.host}/of/platform:v1`, registry);
  const [digest] = registry.referrers(image.digest) as string[];
  expect(registry.manifest('of/platform', digest ?? '')).toMatchObject({
    artifactType: 'application/vnd.cyclonedx+json',
    subject: { digest: image.digest, size: image.manifest.length },
    layers: [{ digest: digestOf(bill) }],
  });
  expect(registry.blob(digestOf(bill))).toEqual(Buffer.from(bill));
  // The tag is still the image's.
  expect(registry.manifest('of/platform', 'v1')).toEqual(JSON.parse(image.manifest.toString()));
  expect(registry.manifest('of/platform', image.digest.replace(':', '-'))).toBeNull();
  await registry.close();
});

it('lists it under a tag where the registry keeps no list, once, and beside what others laid there', async () => {
  const registry = await startRegistry();
  const image = await imageOf('two');
  const tag = image.digest.replace(':', '-');
  const attach = (bytes: Uint8Array): Promise<void> => attachBill(image, bytes, `${registry.host}/of/build:v1`, registry);
  await attach(bill);
  await attach(bill);
  const { manifests: first } = registry.manifest('of/build', tag) as { manifests: { digest: string }[] };
  expect(first).toMatchObject([listed(expect.any(String) as string)]);
  expect(registry.manifest('of/build', first[0]?.digest ?? '')).toMatchObject({ subject: { digest: image.digest } });
  await attach(Buffer.from('{"bomFormat":"CycloneDX","of":"somebody else"}'));
  expect(registry.manifest('of/build', tag)).toMatchObject({ manifests: [listed(first[0]?.digest ?? ''), {}] });
  await registry.close();
});
