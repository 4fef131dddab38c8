import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { readTar, writeTar } from '@openfunction/artifact';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BuildPlan } from './build/plan.ts';
import { fetchGit } from './fetch-source.ts';
import { runBuild, type BuildSite } from './run-build.ts';

const path = '/usr/local/bin:/usr/bin:/bin';
let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ofn-build-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

function site(source: BuildPlan['source'], name = 'a'): BuildSite {
  const plan: BuildPlan = { language: 'node', source, env: {}, target: 'main', deadlineSeconds: 60 };
  return {
    plan,
    workDir: join(dir, name),
    outputDir: join(dir, name, 'output'),
    sourceTar: join(dir, 'source.tar'),
    protocols: ['file'],
    path,
    log: () => undefined,
  };
}

async function sourceTar(files: Record<string, string>): Promise<void> {
  const entries = Object.entries(files).map(([name, text]) => ({ path: name, kind: 'file' as const, bytes: Buffer.from(text) }));
  await writeFile(join(dir, 'source.tar'), await writeTar(entries));
}

async function repository(): Promise<string> {
  const origin = join(dir, 'origin');
  await mkdir(join(origin, 'fn'), { recursive: true });
  await writeFile(join(origin, 'fn/index.js'), 'exports.main = () => 1');
  const git = (...args: string[]): Promise<unknown> =>
    promisify(execFile)('git', ['-c', 'user.name=Ada', '-c', 'user.email=a@b.test', ...args], {
      cwd: origin,
      env: { PATH: path, HOME: dir },
    });
  await git('init', '-q', '-b', 'main');
  await git('add', '.');
  await git('commit', '-q', '-m', 'first');
  return pathToFileURL(origin).href;
}

describe('a build', () => {
  it('makes the same artifact of the same source', async () => {
    await sourceTar({ 'fn/index.ts': 'export const main = () => __dirname;', 'fn/page.html': '<p>', 'fn/.git/config': 'secret' });
    const source = { kind: 'bundle' as const, image: 'r.test/s:1', subPath: 'fn' };
    const first = await runBuild(site(source, 'a'));
    expect(first).toMatchObject({ succeeded: true, digest: expect.stringMatching(/^sha256:/) });
    expect(await runBuild(site(source, 'b'))).toEqual(first);
    const names: string[] = [];
    for await (const entry of readTar(await readFile(join(dir, 'a/output/assets.tar')))) names.push(entry.path);
    expect(names).toEqual(['index.ts', 'page.html']);
  });

  it('builds a folder of a git repository and says which commit', async () => {
    const url = await repository();
    const result = await runBuild(site({ kind: 'git', url, revision: 'main', subPath: 'fn' }));
    expect(result).toMatchObject({ succeeded: true, commitSha: expect.stringMatching(/^[0-9a-f]{40}$/), commitAuthor: 'Ada' });
  });

  it('says why it failed', async () => {
    await sourceTar({ 'readme.md': '' });
    const source = { kind: 'bundle' as const, image: 'r.test/s:1', subPath: '' };
    expect(await runBuild(site(source, 'a'))).toMatchObject({ succeeded: false, reason: 'EntryNotFound' });
    expect(await runBuild(site({ ...source, subPath: 'nowhere' }, 'b'))).toMatchObject({ succeeded: false, reason: 'SourceNotFound' });
    expect(await runBuild(site({ kind: 'git', url: pathToFileURL(join(dir, 'none')).href, subPath: '' }, 'c'))).toMatchObject({
      succeeded: false,
      reason: 'SourceNotFound',
    });
  });

  it.each(['ext::sh -c id', '--upload-pack=id', 'file:///etc', '/etc', 'git@host:a::b'])('refuses the source %s', async (url) => {
    await expect(fetchGit({ url, into: join(dir, 'x'), protocols: ['https'], path, log: () => undefined })).rejects.toMatchObject({
      code: 'SourceRefused',
    });
  });

  it.each(['--upload-pack=id', 'a..b', 'a b', ''])('refuses the revision "%s"', async (revision) => {
    await expect(
      fetchGit({ url: 'https://git.test/x', revision, into: join(dir, 'x'), protocols: ['https'], path, log: () => undefined }),
    ).rejects.toMatchObject({ code: 'SourceRefused' });
  });
});
