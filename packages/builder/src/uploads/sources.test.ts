import { memoryArtifacts } from '@openfunction/artifact';
import { expect, it } from 'vitest';
import { sourcesOf } from './sources.ts';

const digest = `sha256:${'0'.repeat(64)}` as const;

it('pins what a build begins with: a tag that moves meanwhile changes nothing', async () => {
  const artifacts = memoryArtifacts();
  const sources = sourcesOf(artifacts, undefined);
  await artifacts.putSource('r.test/a:source', Buffer.from('first'));
  const load = await sources.find('r.test/a:source', {});
  await artifacts.putSource('r.test/a:source', Buffer.from('second'));
  expect(Buffer.from(await load()).toString()).toBe('first');
});

it('takes no upload that it could not put anywhere', async () => {
  const sources = sourcesOf({ ...memoryArtifacts(), guarded: true }, undefined);
  await expect(sources.keep('r.test/a:v1', Buffer.from('x'))).rejects.toMatchObject({ code: 'SourceRefused' });
});

it('says what a reference holds that is no source', async () => {
  const artifacts = memoryArtifacts();
  await artifacts.put('r.test/a:v1', {
    manifest: { runtime: 'node', format: 'cjs', exports: [], entry: 'x.js' },
    bundle: Buffer.from('x'),
    assets: Buffer.alloc(0),
  });
  const sources = sourcesOf(artifacts, undefined);
  await expect(sources.find('r.test/a:v1', {})).rejects.toMatchObject({
    code: 'SourceNotFound',
    message: expect.stringContaining('a module'),
  });
  await expect(sources.find('r.test/none:v1', {})).rejects.toMatchObject({ code: 'SourceNotFound' });
});

it('says of an upload that was lost with its builder to send it again', async () => {
  const held = { put: async () => digest, get: async () => undefined };
  const sources = sourcesOf({ ...memoryArtifacts(), guarded: true }, held);
  const image = await sources.keep('r.test/a:v1', Buffer.from('x'));
  await expect(sources.find(image, {})).rejects.toMatchObject({
    code: 'UploadLost',
    message: expect.stringContaining('Run "ofn deploy" again'),
  });
});
