import { expect, it } from 'vitest';
import { artifactCache, type FetchedArtifact } from './artifact-cache.ts';

function store(): { asked: string[]; get(ref: string): Promise<FetchedArtifact> } {
  const asked: string[] = [];
  return {
    asked,
    get: async (ref) => {
      asked.push(ref);
      const artifact = {
        manifest: { runtime: 'node' as const, format: 'cjs' as const, exports: [], entry: 'a.js' },
        bundle: new Uint8Array(4),
        assets: new Uint8Array(),
      };
      return { digest: 'sha256:0', artifact, caches: [] };
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
