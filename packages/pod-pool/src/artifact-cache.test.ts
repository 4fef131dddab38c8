import type { FetchedArtifact, GetOptions } from '@openfunction/artifact';
import { expect, it } from 'vitest';
import { artifactCache } from './artifact-cache.ts';

function store(): { asked: string[]; get(ref: string, options?: GetOptions): Promise<FetchedArtifact> } {
  const asked: string[] = [];
  return {
    asked,
    get: async (ref, options) => {
      asked.push(options?.readerChecks === true ? `${ref} unchecked` : ref);
      const artifact = {
        manifest: { runtime: 'node' as const, format: 'cjs' as const, exports: [], entry: 'a.js' },
        bundle: new Uint8Array(4),
        assets: new Uint8Array(),
      };
      return { digest: 'sha256:0', artifact, parts: { bundle: 'sha256:1' }, caches: [] };
    },
  };
}

it('asks once for what several want at one time', async () => {
  const artifacts = store();
  const cache = artifactCache(artifacts, 100);
  await Promise.all([cache.get('a'), cache.get('a')]);
  await cache.get('a');
  expect(artifacts.asked).toEqual(['a']);
});

it('forgets what was used longest ago when there are too many bytes', async () => {
  const artifacts = store();
  const cache = artifactCache(artifacts, 8);
  for (const ref of ['a', 'b', 'a', 'c', 'a', 'b']) await cache.get(ref);
  expect(artifacts.asked).toEqual(['a', 'b', 'c', 'b']);
});

it('gives what was read unchecked only to who checks it', async () => {
  const artifacts = store();
  const cache = artifactCache(artifacts, 100);
  await cache.get('a', { readerChecks: true });
  await cache.get('a', { readerChecks: true });
  await cache.get('a');
  await cache.get('a', { readerChecks: true });
  expect(artifacts.asked).toEqual(['a unchecked', 'a']);
});
