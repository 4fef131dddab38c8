import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, symlink } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { strictRules } from '../fetch/source-rules.ts';
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
  const given = {
    url: server.url,
    subPath: '',
    into,
    gitdir: join(dir, `git-${round}`),
    rules: { addresses: ['127.0.0.1'], folders: [] },
    log: (text: string) => void logged.push(text),
  };
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
    expect(await fetched({ revision: first.slice(0, 7) })).toMatchObject({ sha: first });
    await expect(fetched({ revision: '0000000' })).rejects.toMatchObject({ code: 'SourceNotFound' });
  });

  it('takes a branch that looks like a commit for a branch', async () => {
    await server.commit({ 'a.js': '1' });
    await server.git('checkout', '-q', '-b', 'abcdef0');
    const sha = await server.commit({ 'a.js': '2' });
    expect(await fetched({ revision: 'abcdef0' })).toMatchObject({ sha });
  });

  it('fetches no more history than the one commit', async () => {
    await server.commit({ 'big.bin': randomBytes(400_000).toString('base64') });
    await server.commit({ 'big.bin': 'small' });
    const { sha } = await fetched({ revision: 'main' });
    const packs = (await readdir(join(dir, `git-${round}`), { recursive: true })).filter((name) => name.endsWith('.pack'));
    expect(sha).toBeTruthy();
    const sizes = await Promise.all(packs.map(async (name) => (await stat(join(dir, `git-${round}`, name))).size));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(10_000);
  });

  it('reads a repository of this machine below an allowed folder, and no other', async () => {
    const sha = await server.commit({ 'fn/index.js': 'here' });
    await server.git('tag', '-a', 'v2', '-m', 'x');
    const rules = { addresses: [], folders: [server.root] };
    const url = pathToFileURL(join(server.root, 'repo')).href;
    for (const revision of [undefined, 'main', 'v2', sha, sha.slice(0, 8)])
      expect(await fetched({ url, rules, revision })).toMatchObject({ sha, files: ['index.js'] });
    await expect(fetched({ url, rules, revision: 'gone' })).rejects.toMatchObject({ code: 'SourceNotFound' });
    await symlink(join(server.root, 'repo'), join(dir, 'link'));
    const elsewhere = { addresses: [], folders: [dir] };
    for (const outside of [url, pathToFileURL(join(dir, 'link')).href, 'file:///etc', `${pathToFileURL(dir).href}/%2e%2e/`])
      await expect(fetched({ url: outside, rules: elsewhere })).rejects.toMatchObject({ code: 'SourceRefused' });
    await expect(fetched({ url })).rejects.toMatchObject({
      code: 'SourceRefused',
      message: expect.stringContaining('--allow-source-folder'),
    });
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
      const credentials = { kind: 'basic' as const, username: 'me', password: 'secret' };
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
    await expect(
      fetched({ url: 'http://git.test/x', credentials: { kind: 'basic', username: 'me', password: 'secret' } }),
    ).rejects.toMatchObject({
      code: 'SourceRefused',
    });
  });

  it('takes no order from what a repository says of itself', async () => {
    const marker = join(dir, 'ran');
    await server.commit({
      '.gitattributes': '* filter=evil diff=evil\n',
      '.gitmodules': `[submodule "x"]\n\tpath = x\n\turl = ext::sh -c touch% ${marker}\n`,
      'hooks/post-checkout': `#!/bin/sh\ntouch ${marker}\n`,
      config: `[core]\n\tfsmonitor = touch ${marker}\n\thooksPath = hooks\n`,
      'index.js': 'x',
    });
    expect((await fetched()).files).toContain('index.js');
    await expect(stat(marker)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it.each(['.git/config', '../up.js', 'a/../../up.js', '.GIT/hooks/x'])(
    'writes nothing outside for a tree with the name %s',
    async (name) => {
      await server.commit({ 'seed.js': '1' });
      const oid = await server.git('hash-object', '-w', 'seed.js');
      const tree = await server.tree([{ mode: '100644', name, oid }]);
      const commit = await server.git('commit-tree', tree, '-m', 'hostile');
      await server.git('update-ref', 'refs/heads/hostile', commit);
      await expect(fetched({ revision: 'hostile' })).rejects.toMatchObject({
        code: expect.stringMatching(/SourceNotFound|SourceRefused|ArtifactCorrupt/),
      });
      await expect(stat(join(dir, 'up.js'))).rejects.toMatchObject({ code: 'ENOENT' });
    },
  );

  it('connects to no address of this machine unless it is told so, whatever name leads there', async () => {
    await server.commit({ 'index.js': 'x' });
    const { port } = new URL(server.url);
    for (const host of ['127.0.0.1', 'localhost', '[::1]', '0', '2130706433', '127.1', '[::ffff:127.0.0.1]'])
      await expect(fetched({ url: `http://${host}:${port}/repo/.git`, rules: strictRules })).rejects.toMatchObject({
        code: 'SourceRefused',
        message: expect.stringContaining('build.allowedAddresses'),
      });
  });

  it('gives up on a repository without end', async () => {
    const endless = createServer((_request, response) => {
      const more = (): void => void (response.write(Buffer.alloc(4 << 20, 48)) ? setImmediate(more) : response.once('drain', more));
      response.writeHead(200, { 'content-type': 'application/x-git-upload-pack-advertisement' });
      more();
    });
    await new Promise<void>((resolve) => endless.listen(0, '127.0.0.1', resolve));
    try {
      const url = `http://127.0.0.1:${(endless.address() as AddressInfo).port}/x`;
      await expect(fetched({ url })).rejects.toMatchObject({ code: 'SourceRefused' });
    } finally {
      endless.closeAllConnections();
      endless.close();
    }
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
    'git://host.test/a',
    'ssh://git:secret@host.test/a',
    'ssh://-oProxyCommand=id/a',
    "ssh://git@host.test/a';id;'",
    'ssh://git@host.test/--upload-pack=id',
    'ssh://git@127.0.0.1/a',
    'ssh://git@[::1]/a',
    'git@127.0.0.1:a/b',
    'git@-host:a',
    'http://127.0.0.1/x',
    'http://2130706433/x',
    'http://[::1]/x',
    'http://[::]/x',
    'http://[64:ff9b::7f00:1]/x',
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

  it.each([
    ['git@host.test:team/fn.git', 'ssh://git@host.test/team/fn.git'],
    ['ssh://host.test:2222/~me/fn', 'ssh://host.test:2222/~me/fn'],
    ['https://host.test/a?x=1', 'https://host.test/a?x=1'],
    ['http://10.0.0.1/a', 'http://10.0.0.1/a'],
  ])('takes %s', (text, href) => {
    expect(sourceUrl(text).href).toBe(href);
  });

  it('never shows a password', () => {
    expect(() => sourceUrl('http://me:secret@git.test/x')).toThrow(/^(?!.*secret)/s);
  });
});
