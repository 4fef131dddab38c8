import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Digest } from '@openfunction/artifact';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { heldSources, type HeldSourcesOptions } from './held-sources.ts';

let dir = '';
let now = 1_700_000_000_000;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ofn-held-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const held = (options: Partial<HeldSourcesOptions> = {}): ReturnType<typeof heldSources> =>
  heldSources({ dir, now: () => now, ...options });

describe('held sources', () => {
  it('give back what was put, also after a restart, and nothing that was damaged', async () => {
    const digest = await held().put(Buffer.from('a source'));
    expect(Buffer.from((await held().get(digest)) ?? '').toString()).toBe('a source');
    await writeFile(join(dir, digest.slice('sha256:'.length)), 'other');
    expect(await held().get(digest)).toBeUndefined();
    expect(await held().get(`sha256:${'0'.repeat(64)}`)).toBeUndefined();
  });

  it('take no more room than they may: the oldest goes first', async () => {
    const sources = held({ maxBytes: 250 });
    const digests: Digest[] = [];
    for (const byte of [1, 2, 3]) {
      now += 1000;
      digests.push(await sources.put(Buffer.alloc(100, byte)));
    }
    expect(await Promise.all(digests.map(async (digest) => (await sources.get(digest)) !== undefined))).toEqual([false, true, true]);
    await expect(sources.put(Buffer.alloc(251))).rejects.toMatchObject({ code: 'SourceRefused' });
  });

  it('go after their time, and with them what a crash left half written', async () => {
    const sources = held({ maxAgeMs: 1000 });
    const old = await sources.put(Buffer.from('old'));
    await writeFile(join(dir, '.0123456789abcdef'), 'half');
    now += 5000;
    await sources.put(Buffer.from('new'));
    expect(await sources.get(old)).toBeUndefined();
    expect(await readdir(dir)).toHaveLength(1);
  });

  it('keep their count when many come at once', async () => {
    const sources = held({ maxBytes: 1000 });
    await Promise.all(Array.from({ length: 30 }, (_, index) => sources.put(Buffer.alloc(100, index))));
    expect((await readdir(dir)).length).toBeLessThanOrEqual(10);
  });
});
