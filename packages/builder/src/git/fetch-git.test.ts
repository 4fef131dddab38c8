import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gitServer, type TestGitServer } from '../testing/git-server.ts';
import { fetchGit, type FetchedCommit, type GitOptions } from './fetch-git.ts';
import { sourceUrl } from './source-url.ts';

let dir = '';
let server: TestGitServer;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ofn-fetch-'));
  server = await gitServer();
});
afterEach(async () => {
  await server.close();
  await rm(dir, { recursive: true, force: true });
});

let round = 0;
const logged: string[] = [];
async function fetched(
  options: Partial<GitOptions> = {},
): Promise<FetchedCommit & { files: string[]; at: (name: string) => Promise<string> }> {
  round += 1;
  const into = join(dir, `into-${round}`);
  const given = { url: server.url, subPath: '', into, gitdir: join(dir, `git-${round}`), log: (text: string) => void logged.push(text) };
  const commit = await fetchGit({ ...given, ...options });
  const files = (await readdir(into, { recursive: true, withFileTypes: true })).filter((each) => each.isFile()).map((each) => each.name);
  return { ...commit, files: files.sort(), at: (name) => readFile(join(into, name), 'utf8') };
}

describe('fetchGit', () => {
  it('fetches the default branch, a branch, a tag, and any whole commit', async () => {
    const first = await server.commit({ 'fn/index.js': 'one' });
    await server.git('tag', '-a', 'v1', '-m', 'first');
    const second = await server.commit({ 'fn/index.js': 'two' });
    await server.git('checkout', '-q', '-b', 'side/branch');
    const third = await server.commit({ 'fn/index.js': 'three' });
    await server.git('checkout', '-q', 'main');
    expect(await fetched()).toMatchObject({ sha: second, author: 'Ada' });
    expect(await fetched({ revision: 'side/branch' })).toMatchObject({ sha: third });
    expect(await fetched({ revision: 'v1' })).toMatchObject({ sha: first });
    expect(await (await fetched({ revision: first })).at('fn/index.js')).toBe('one');
    expect(await fetched({ revision: third })).toMatchObject({ sha: third });
  });

  it('writes one folder of the repository, and leaves links out', async () => {
    await server.commit({ 'fn/index.js': 'x', 'fn/deep/a.txt': 'a', 'other/secret.txt': 's', 'fn/link.txt': '-> /etc/passwd' });
    const { files, at } = await fetched({ subPath: 'fn' });
    expect(files).toEqual(['a.txt', 'index.js']);
    expect(await at('deep/a.txt')).toBe('a');
    expect(logged).toContain('Left out the link link.txt\n');
  });

  it('says when a revision or a folder is not there', async () => {
    await server.commit({ 'fn/index.js': 'x' });
    await expect(fetched({ revision: 'nowhere' })).rejects.toMatchObject({
      code: 'SourceNotFound',
      message: expect.stringContaining('no revision "nowhere"'),
    });
    await expect(fetched({ subPath: 'gone' })).rejects.toMatchObject({ code: 'SourceNotFound', message: expect.stringContaining('gone') });
    await expect(fetched({ url: server.url.replace('/repo', '/none') })).rejects.toMatchObject({ code: 'SourceNotFound' });
    await expect(fetched({ revision: '0'.repeat(40) })).rejects.toMatchObject({ code: 'SourceNotFound' });
  });

  it('refuses a submodule and names it', async () => {
    await server.commit({ 'fn/index.js': 'x' });
    await server.git('submodule', 'add', '-q', '--', './', 'fn/sub');
    await server.commit({});
    await expect(fetched()).rejects.toMatchObject({ code: 'SourceRefused', message: expect.stringContaining('"fn/sub" is a submodule') });
  });

  it('shows its credentials to the repository alone', async () => {
    const closed = await gitServer({ password: 'secret' });
    const stranger = await gitServer();
    const redirecting = createServer((request, response) => {
      const to = new URL(stranger.url);
      response.writeHead(302, { location: `${to.origin}${to.pathname}${(request.url ?? '').slice('/x'.length)}` }).end();
    });
    await new Promise<void>((resolve) => redirecting.listen(0, '127.0.0.1', resolve));
    try {
      await closed.commit({ 'index.js': 'x' });
      await stranger.commit({ 'index.js': 'y' });
      const credentials = { username: 'me', password: 'secret' };
      await expect(fetched({ url: closed.url })).rejects.toMatchObject({ message: expect.stringContaining('srcRepo.credentials') });
      expect((await fetched({ url: closed.url, credentials })).files).toEqual(['index.js']);
      const moved = await fetched({ url: `http://127.0.0.1:${(redirecting.address() as AddressInfo).port}/x`, credentials });
      expect(await moved.at('index.js')).toBe('y');
      expect(stranger.authorizations).toEqual([undefined, undefined]);
    } finally {
      redirecting.close();
      await closed.close();
      await stranger.close();
    }
  });

  it('does not send credentials in clear', async () => {
    await expect(fetched({ url: 'http://git.test/x', credentials: { username: 'me', password: 'secret' } })).rejects.toMatchObject({
      code: 'SourceRefused',
    });
  });

  it('follows no redirect to a metadata service', async () => {
    const redirecting = createServer((_request, response) => void response.writeHead(302, { location: 'http://169.254.169.254/x' }).end());
    await new Promise<void>((resolve) => redirecting.listen(0, '127.0.0.1', resolve));
    try {
      const url = `http://127.0.0.1:${(redirecting.address() as AddressInfo).port}/x`;
      await expect(fetched({ url })).rejects.toMatchObject({ code: 'SourceRefused', message: expect.stringContaining('169.254.169.254') });
    } finally {
      redirecting.close();
    }
  });
});

describe('sourceUrl', () => {
  it.each([
    'ext::sh -c id',
    '--upload-pack=id',
    'file:///etc',
    '/etc',
    'git@host.test:a/b',
    'ssh://git@host.test/a',
    'http://me:secret@git.test/x',
    'http://169.254.169.254/latest',
    'http://0xa9fea9fe/',
    'http://2852039166/',
    'http://[::ffff:169.254.169.254]/',
    'http://[fe80::1]/x',
    'http://metadata.google.internal./x',
  ])('refuses %s', (url) => {
    expect(() => sourceUrl(url)).toThrow(expect.objectContaining({ code: 'SourceRefused' }));
  });

  it('never shows a password', () => {
    expect(() => sourceUrl('http://me:secret@git.test/x')).toThrow(/^(?!.*secret)/s);
  });
});
