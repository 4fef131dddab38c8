import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { billOfMaterials, componentsOf } from './bill-of-materials.ts';
import { platformImages } from './platform-images.ts';

const mostBytes = 90e6;

const folders = [0, 1].map(() => mkdtempSync(path.join(tmpdir(), 'ofn-images-')));
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

// They are made of this machine's Node and its libraries.
it.skipIf(process.platform !== 'linux')(
  'makes small images for a user without rights, the same from the same files',
  { timeout: 240_000 },
  async () => {
    const images = await platformImages(folders[0]!);
    const again = await platformImages(folders[1]!);
    for (const [name, image] of Object.entries(images)) {
      expect(image.bytes, name).toBeLessThanOrEqual(mostBytes);
      expect(again[name as keyof typeof again].digest, name).toBe(image.digest);
      const { config } = JSON.parse(image.manifest.toString()) as { config: { digest: `sha256:${string}` } };
      const { config: settings } = JSON.parse(image.blobs.get(config.digest)?.toString() ?? '{}') as { config: { User: string } };
      expect(settings.User, name).toBe('65532:65532');
    }
  },
);

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
