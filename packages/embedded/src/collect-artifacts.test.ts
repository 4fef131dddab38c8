import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { layoutArtifacts } from '@openfunction/oci';
import { manualClock } from '@openfunction/reconcile';
import { functionKind, type OFunction } from '@openfunction/resources';
import { memoryStore } from '@openfunction/store';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { collectArtifacts } from './collect-artifacts.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'ofn-collect-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const hour = 3_600_000;
const image = 'registry.local/default-fn:v1';

it('removes uploads of which no Function speaks an hour later, and goes on doing so', async () => {
  const artifacts = layoutArtifacts({ dir });
  const store = memoryStore();
  const clock = manualClock(Date.now());
  const logged: string[] = [];
  let kept: readonly string[] = [];
  const images = {
    collect: (references: readonly string[]): number => {
      kept = references;
      return 1;
    },
  };
  const collector = collectArtifacts({ store, images, dir, clock, log: (message) => logged.push(message) });
  try {
    const source = async (text: string): Promise<string> =>
      `registry.local/default-fn@${await artifacts.putSource('registry.local/default-fn:source', Buffer.from(text))}`;
    const needed = await source('needed');
    const forgotten = await source('forgotten');
    const fn = {
      apiVersion: 'core.openfunction.io/v1beta2',
      kind: 'Function',
      metadata: { namespace: 'default', name: 'fn' },
      spec: { image, build: { builder: 'openfunction/builder-node', srcRepo: { bundleContainer: { image: needed } } } },
    } as OFunction;
    await store.create(functionKind, fn);
    clock.advance(hour / 2);
    await expect.poll(async () => (await artifacts.stat(forgotten))?.kind).toBe('source');
    const gone = async (ref: string): Promise<void> =>
      expect
        .poll(async () => {
          clock.advance(hour / 2);
          return artifacts.stat(ref);
        })
        .toBeUndefined();
    await gone(forgotten);
    expect((await artifacts.stat(needed))?.kind).toBe('source');
    await expect.poll(() => kept).toContain(image);
    await store.delete(functionKind, { namespace: 'default', name: 'fn' });
    await gone(needed);
    expect(logged).toContain('Removed artifacts that nothing names any more');
    await expect.poll(() => kept).toEqual([]);
    expect(logged).toContain('Removed images that nothing names any more');
  } finally {
    await collector.close();
  }
});
