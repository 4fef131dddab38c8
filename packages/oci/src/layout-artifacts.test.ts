import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { artifactsContract } from '@openfunction/artifact/contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { layoutArtifacts } from './layout-artifacts.ts';

let dir = '';
let count = 0;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ofn-layout-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

artifactsContract('OCI layout', async () => ({ artifacts: layoutArtifacts({ dir }), repository: `registry.test/demo/fn${(count += 1)}` }));

it('is an OCI layout that other tools can read', async () => {
  const index = JSON.parse(await readFile(join(dir, 'index.json'), 'utf8')) as { manifests: { annotations: Record<string, string> }[] };
  expect(index.manifests.map((each) => each.annotations['org.opencontainers.image.ref.name'])).toContain('registry.test/demo/fn1:v1');
  expect(JSON.parse(await readFile(join(dir, 'oci-layout'), 'utf8'))).toEqual({ imageLayoutVersion: '1.0.0' });
});

it('tells damage from absence', async () => {
  const own = await mkdtemp(join(dir, 'damaged-'));
  const artifacts = layoutArtifacts({ dir: own });
  const digest = await artifacts.putSource('a.test/b:c', Buffer.from('tar'));
  for (const blob of await readdir(join(own, 'blobs/sha256'))) await writeFile(join(own, 'blobs/sha256', blob), 'bad');
  await expect(artifacts.getSource(`a.test/b@${digest}`)).rejects.toMatchObject({ code: 'ArtifactCorrupt' });
});
