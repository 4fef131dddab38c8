import { mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestOf, type Artifacts, type ModuleArtifact } from '@openfunction/artifact';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { collectLayout, type Collected } from './collect-layout.ts';
import { layoutArtifacts } from './layout-artifacts.ts';

let dir = '';
let artifacts: Artifacts;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ofn-collect-'));
  artifacts = layoutArtifacts({ dir });
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const hour = 3_600_000;
const later = (): number => Date.now() + 2 * hour;
const collect = (needed: string[], now = later()): Promise<Collected> =>
  collectLayout({ dir, needed: async () => needed, graceMs: hour, now });
const module = (text: string): ModuleArtifact => ({
  manifest: { runtime: 'node', format: 'cjs', exports: ['f'], entry: 'index.js' },
  bundle: Buffer.from(text),
  assets: new Uint8Array(),
});
const files = async (): Promise<string[]> => (await readdir(join(dir, 'blobs/sha256'))).sort();

describe('collecting a layout', () => {
  it('keeps what is named by tag or by digest, with its parts and caches, and removes the rest', async () => {
    const bytes = Buffer.from('cache');
    const caches = [{ key: 'v24.0.0-x64-1', digest: digestOf(bytes), bytes }];
    const old = await artifacts.put('r.test/a:v1', module('old'), { caches });
    const now = await artifacts.put('r.test/a:v1', module('new'), { caches });
    await artifacts.put('r.test/b:v1', module('other'));
    const source = await artifacts.putSource('r.test/a:source', Buffer.from('tar'));
    await artifacts.putSource('r.test/a:source', Buffer.from('tar of a later upload'));

    expect(await collect([`r.test/a@${old}`, 'r.test/a:v1', `r.test/a@${source}`])).toMatchObject({ tags: 2 });
    expect((await artifacts.get(`r.test/a@${old}`)).caches).toHaveLength(1);
    expect((await artifacts.get('r.test/a:v1')).digest).toBe(now);
    expect(Buffer.from(await artifacts.getSource(`r.test/a@${source}`)).toString()).toBe('tar');
    expect(await artifacts.stat('r.test/b:v1')).toBeUndefined();
    expect(await artifacts.stat('r.test/a:source')).toBeUndefined();

    await collect([`r.test/a@${old}`]);
    expect(await artifacts.stat(`r.test/a@${now}`)).toBeUndefined();
    expect((await artifacts.get(`r.test/a@${old}`)).digest).toBe(old);
    await collect([]);
    expect(await files()).toEqual([]);
  });

  it('leaves what is new, and what is written again', async () => {
    await artifacts.put('r.test/a:v1', module('one'));
    expect(await collect([], Date.now())).toEqual({ tags: 0, blobs: 0, bytes: 0 });
    const past = (Date.now() - 2 * hour) / 1000;
    for (const name of await files()) await utimes(join(dir, 'blobs/sha256', name), past, past);
    await rm(join(dir, 'refs'), { recursive: true });
    await artifacts.put('r.test/a:v2', module('one'));
    await collect([], Date.now());
    expect((await artifacts.get('r.test/a:v2')).digest).toMatch(/^sha256:/);
  });

  it('goes on where a crash ended it, and takes along what a crash left half written', async () => {
    await artifacts.put('r.test/a:v1', module('one'));
    // After the tags and before the blobs.
    await rm(join(dir, 'refs'), { recursive: true });
    await writeFile(join(dir, 'blobs/sha256', '.0011223344556677'), 'half');
    await collect([]);
    expect(await files()).toEqual([]);
    await expect(collect([])).resolves.toEqual({ tags: 0, blobs: 0, bytes: 0 });
  });

  it('keeps the disk bounded however often something is deployed', async () => {
    let size = 0;
    for (let round = 1; round <= 30; round += 1) {
      const digest = await artifacts.put('r.test/a:v1', module(`round ${round} ${'x'.repeat(10_000)}`));
      await artifacts.putSource('r.test/a:source', Buffer.alloc(10_000, round));
      await collect([`r.test/a@${digest}`]);
      const sizes = await Promise.all((await files()).map(async (name) => (await stat(join(dir, 'blobs/sha256', name))).size));
      size = sizes.reduce((sum, each) => sum + each, 0);
      expect(size).toBeLessThan(25_000);
    }
    expect(size).toBeGreaterThan(10_000);
  });
});
