import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { realClock } from '@openfunction/reconcile';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { component } from '../testing/test-runtime.ts';
import { followResources } from './follow-resources.ts';
import { loadResources, type Resources } from './load-resources.ts';

const patience = { timeout: 8_000, interval: 20 };

describe('files of resources that are followed', () => {
  let folder: string;
  let changes: string[][];
  let errors: string[];
  let following: { close(): Promise<void> } | undefined;
  const follow = (since: Pick<Resources, 'digest'>) =>
    followResources({
      paths: [folder],
      since,
      clock: realClock,
      onChange: async ({ components }) => void changes.push(components.map(({ name }) => name)),
      onError: (error) => errors.push(error instanceof Error ? error.message : String(error)),
    });
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'ofn-follow-'));
    changes = [];
    errors = [];
    await writeFile(path.join(folder, 'a.yaml'), component('a', 'state.in-memory'));
    following = undefined;
  });
  afterEach(async () => {
    await following?.close();
    await rm(folder, { recursive: true });
  });

  it('are told when they changed between their reading and the beginning', async () => {
    const read = await loadResources([folder]);
    await writeFile(path.join(folder, 'b.yaml'), component('b', 'state.in-memory'));
    following = follow(read);
    await vi.waitFor(() => expect(changes).toEqual([['a', 'b']]), patience);
  });

  it('are told whole when one comes, changes or goes', async () => {
    following = follow(await loadResources([folder]));
    await writeFile(path.join(folder, 'b.yaml'), component('b', 'state.in-memory'));
    await vi.waitFor(() => expect(changes.at(-1)).toEqual(['a', 'b']), patience);
    await writeFile(path.join(folder, 'temporary'), component('c', 'state.in-memory'));
    await rename(path.join(folder, 'temporary'), path.join(folder, 'b.yaml'));
    await vi.waitFor(() => expect(changes.at(-1)).toEqual(['a', 'c']), patience);
    await rm(path.join(folder, 'a.yaml'));
    await vi.waitFor(() => expect(changes.at(-1)).toEqual(['c']), patience);
    expect(errors).toEqual([]);
  });

  it('change nothing while one of them is broken', async () => {
    following = follow(await loadResources([folder]));
    await writeFile(path.join(folder, 'b.yaml'), 'kind: Component\nmetadata: [');
    await vi.waitFor(() => expect(errors).toHaveLength(1), patience);
    expect(errors[0]).toContain('b.yaml');
    expect(changes).toEqual([]);
    await writeFile(path.join(folder, 'b.yaml'), component('b', 'state.in-memory'));
    await vi.waitFor(() => expect(changes).toEqual([['a', 'b']]), patience);
  });
});
