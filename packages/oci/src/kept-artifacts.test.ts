import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestOf, memoryArtifacts, type Artifacts, type ModuleArtifact } from '@openfunction/artifact';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { keptArtifacts } from './kept-artifacts.ts';

let dir: string;
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'ofn-kept-'))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const artifact = (text: string): ModuleArtifact => ({
  manifest: { runtime: 'node', format: 'cjs', exports: ['f'], entry: 'index.js' },
  bundle: Buffer.from(text),
  assets: new Uint8Array(),
});

/** A source that counts how often it was asked for an artifact. */
function source(): { artifacts: Artifacts; from: Pick<Artifacts, 'get' | 'stat'>; gets: string[] } {
  const artifacts = memoryArtifacts();
  const gets: string[] = [];
  const from = { stat: artifacts.stat, get: (...args: Parameters<Artifacts['get']>) => (gets.push(args[0]), artifacts.get(...args)) };
  return { artifacts, from, gets };
}

it('fetches once, and then reads from disk, also after a restart', async () => {
  const { artifacts, from, gets } = source();
  const bytes = Buffer.from('cached');
  const caches = [{ key: 'v24.0.0-x64-1', digest: digestOf(bytes), bytes }];
  const ref = `r.test/a@${await artifacts.put('r.test/a:v1', artifact('one'), { caches })}`;
  const first = await keptArtifacts({ from, dir, maxBytes: 1e6 }).get(ref);
  const again = await keptArtifacts({ from, dir, maxBytes: 1e6 }).get(ref);
  expect(again).toEqual({ ...first, artifact: { ...first.artifact, bundle: Buffer.from('one'), assets: Buffer.alloc(0) } });
  expect(again.caches).toEqual(caches);
  expect(gets).toHaveLength(1);
});

it('follows a tag that was moved', async () => {
  const { artifacts, from } = source();
  const kept = keptArtifacts({ from, dir, maxBytes: 1e6 });
  await artifacts.put('r.test/a:v1', artifact('one'));
  await kept.get('r.test/a:v1');
  await artifacts.put('r.test/a:v1', artifact('two'));
  expect(Buffer.from((await kept.get('r.test/a:v1')).artifact.bundle).toString()).toBe('two');
});

it('does not give to others what was read with credentials', async () => {
  const { artifacts, from, gets } = source();
  const kept = keptArtifacts({ from, dir, maxBytes: 1e6 });
  const ref = `r.test/a@${await artifacts.put('r.test/a:v1', artifact('one'))}`;
  await kept.get(ref, { credentials: { 'r.test': { username: 'u', password: 'p' } } as never });
  await kept.get(ref);
  expect(gets).toHaveLength(2);
});

it('fetches anew what was damaged', async () => {
  const { artifacts, from, gets } = source();
  const kept = keptArtifacts({ from, dir, maxBytes: 1e6 });
  const ref = `r.test/a@${await artifacts.put('r.test/a:v1', artifact('one'))}`;
  await kept.get(ref);
  const path = join(dir, readdirSync(dir)[0]!);
  writeFileSync(path, readFileSync(path, 'latin1').replace('one', 'onE'), 'latin1');
  expect(Buffer.from((await kept.get(ref)).artifact.bundle).toString()).toBe('one');
  expect(gets).toHaveLength(2);
});

it('keeps no more than it may', async () => {
  const { artifacts, from } = source();
  const kept = keptArtifacts({ from, dir, maxBytes: 3_000 });
  for (const name of ['a', 'b', 'c', 'd'])
    await kept.get(`r.test/${name}@${await artifacts.put(`r.test/${name}:v1`, artifact(name.repeat(1_000)))}`);
  expect(readdirSync(dir).length).toBeLessThan(3);
});
