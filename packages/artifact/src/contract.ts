import { describe, expect, it } from 'vitest';
import type { Artifacts, CodeCache, ModuleArtifact } from './artifact.ts';
import { digestOf } from './digest.ts';
import { encodeModule } from './module-artifact.ts';
import { writeTar } from './source-tar.ts';

export interface ArtifactsSubject {
  artifacts: Artifacts;
  /** A repository of this store without tag, fresh for each test. */
  repository: string;
}

/** What every store of artifacts promises. Call it at the top of a driver's test file. */
export function artifactsContract(name: string, make: () => Promise<ArtifactsSubject>): void {
  describe(`artifacts: ${name}`, () => {
    it('gives back what was put, by tag and by digest', async () => {
      const { artifacts, repository } = await make();
      const digest = await artifacts.put(`${repository}:v1`, await module());
      for (const ref of [`${repository}:v1`, `${repository}@${digest}`, `${repository}:v1@${digest}`]) {
        const found = await artifacts.get(ref);
        expect(found.digest).toBe(digest);
        expect(found.parts).toEqual({ bundle: digestOf(found.artifact.bundle), assets: digestOf(found.artifact.assets) });
        expect(found.artifact.manifest).toEqual((await module()).manifest);
        expect(Buffer.from(found.artifact.bundle).toString()).toBe('exports.main = 1');
        expect(digestOf(found.artifact.assets)).toBe(digestOf((await module()).assets));
      }
    });

    it('gives the same content the same digest, which is the canonical one', async () => {
      const { artifacts, repository } = await make();
      const first = await artifacts.put(`${repository}:a`, await module());
      expect(await artifacts.put(`${repository}:b`, await module())).toBe(first);
      expect(first).toBe(encodeModule(await module()).digest);
    });

    it('moves a tag and keeps the older content by digest', async () => {
      const { artifacts, repository } = await make();
      const first = await artifacts.put(`${repository}:v1`, await module('exports.main = 1'));
      const second = await artifacts.put(`${repository}:v1`, await module('exports.main = 2'));
      expect((await artifacts.stat(`${repository}:v1`))?.digest).toBe(second);
      expect((await artifacts.get(`${repository}@${first}`)).digest).toBe(first);
    });

    it('keeps code caches beside the module and out of its digest', async () => {
      const { artifacts, repository } = await make();
      const plain = await artifacts.put(`${repository}:v1`, await module());
      const caches = [cache('v24.1.0-x64-17'), cache('v22.9.0-arm64-3')];
      expect(await artifacts.put(`${repository}:v1`, await module(), { caches })).toBe(plain);
      const found = await artifacts.get(`${repository}@${plain}`);
      expect(found.caches.map((each) => each.key).sort()).toEqual(['v22.9.0-arm64-3', 'v24.1.0-x64-17']);
      for (const each of found.caches) expect(digestOf(each.bytes)).toBe(each.digest);
    });

    it('keeps a source tree and says that it is one', async () => {
      const { artifacts, repository } = await make();
      const tar = await writeTar([{ path: 'index.js', kind: 'file', bytes: Buffer.from('x') }]);
      const digest = await artifacts.putSource(`${repository}:source`, tar);
      expect(digestOf(await artifacts.getSource(`${repository}@${digest}`))).toBe(digestOf(tar));
      expect(await artifacts.stat(`${repository}:source`)).toEqual({ digest, kind: 'source' });
      await expect(artifacts.get(`${repository}:source`)).rejects.toMatchObject({ code: 'NotAModule' });
    });

    it('knows nothing of what was never put', async () => {
      const { artifacts, repository } = await make();
      expect(await artifacts.stat(`${repository}:nothing`)).toBeUndefined();
      await expect(artifacts.get(`${repository}:nothing`)).rejects.toMatchObject({ code: 'ArtifactNotFound' });
    });

    it('refuses what is no reference', async () => {
      const { artifacts, repository } = await make();
      for (const ref of ['', 'UPPER/case', `${repository}:a b`, `${repository}@sha256:short`, `${repository}/../x:v1`]) {
        await expect(artifacts.get(ref)).rejects.toMatchObject({ code: 'InvalidReference' });
      }
    });

    it('survives many writers at once', async () => {
      const { artifacts, repository } = await make();
      const tags = Array.from({ length: 12 }, (_, index) => `t${index}`);
      await Promise.all(tags.map(async (tag) => artifacts.put(`${repository}:${tag}`, await module(`exports.main = '${tag}'`))));
      for (const tag of tags) expect(Buffer.from((await artifacts.get(`${repository}:${tag}`)).artifact.bundle).toString()).toContain(tag);
    });
  });
}

async function module(source = 'exports.main = 1'): Promise<ModuleArtifact> {
  return {
    manifest: { runtime: 'node', format: 'cjs', exports: ['main'], entry: 'src/index.ts' },
    bundle: Buffer.from(source),
    assets: await writeTar([{ path: 'src/greeting.txt', kind: 'file', bytes: Buffer.from('hello') }]),
  };
}

function cache(key: string): CodeCache {
  const bytes = Buffer.from(`cache of ${key}`);
  return { key, digest: digestOf(bytes), bytes };
}
