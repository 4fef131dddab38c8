import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testContext } from '../testing/test-context.ts';
import { secretStoreConformance } from './conformance.ts';
import { localFileSecrets } from './local-file.ts';
import type { SecretStore } from './secret-store.ts';

describe('secretstores.local.file', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'ofn-secrets-'));
    await writeFile(path.join(folder, 'secrets.json'), JSON.stringify({ plain: 'one', redis: { host: 'h', auth: { password: 'p' } } }));
    await writeFile(path.join(folder, 'broken.json'), '{"password": "hunter2"');
  });
  afterAll(async () => rm(folder, { recursive: true }));
  const open = (metadata: Record<string, string> = {}): Promise<SecretStore> =>
    localFileSecrets.open(new Map(Object.entries({ secretsFile: path.join(folder, 'secrets.json'), ...metadata })), testContext());

  describe('flat', () => secretStoreConformance(() => open()));
  describe('multi-valued', () => secretStoreConformance(() => open({ multiValued: 'true' })));

  it('joins the names of what is nested', async () => {
    expect(await (await open()).get('redis:auth:password')).toEqual({ 'redis:auth:password': 'p' });
    expect(await (await open({ nestedSeparator: '.' })).get('redis.host')).toEqual({ 'redis.host': 'h' });
  });

  it('keeps the first level as secrets of several values where it is asked to', async () => {
    expect(await (await open({ multiValued: 'true' })).get('redis')).toEqual({ host: 'h', 'auth:password': 'p' });
  });

  it('repeats nothing of a file that it cannot read', async () => {
    const opening = open({ secretsFile: path.join(folder, 'broken.json') });
    await expect(opening).rejects.toThrow('not JSON');
    await expect(opening).rejects.not.toThrow('hunter2');
  });
});
