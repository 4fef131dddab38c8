import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gitServer, type TestGitServer } from '../testing/git-server.ts';
import { sshGitServer, type TestSshServer } from '../testing/ssh-git-server.ts';
import type { GitCredentials } from './credentials.ts';
import { fetchGit, type FetchedCommit, type GitOptions } from './fetch-git.ts';

let dir = '';
let repository: TestGitServer;
let server: TestSshServer;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ofn-ssh-'));
  repository = await gitServer();
  server = await sshGitServer(repository.root);
});
afterEach(async () => {
  await server.close();
  await repository.close();
  await rm(dir, { recursive: true, force: true });
});

const key = (changes: { privateKey?: string; knownHosts?: string } = {}): GitCredentials => ({ kind: 'ssh', ...server, ...changes });

let round = 0;
function fetched(options: Partial<GitOptions> = {}): Promise<FetchedCommit> {
  round += 1;
  const rules = { addresses: ['127.0.0.1'], folders: [] };
  const given = {
    url: server.url,
    subPath: '',
    into: join(dir, `into-${round}`),
    gitdir: join(dir, `git-${round}`),
    rules,
    log: () => undefined,
  };
  return fetchGit({ ...given, credentials: key(), ...options });
}

describe('a repository over SSH', () => {
  it('gives branches, tags and commits, whole and short', async () => {
    const first = await repository.commit({ 'index.js': 'one' });
    await repository.git('tag', 'v1');
    const second = await repository.commit({ 'index.js': 'two' });
    expect(await fetched()).toMatchObject({ sha: second, author: 'Ada' });
    for (const revision of ['v1', first, first.slice(0, 9)]) expect(await fetched({ revision })).toMatchObject({ sha: first });
    expect(await readFile(join(dir, `into-${round}`, 'index.js'), 'utf8')).toBe('one');
    expect(new Set(server.commands)).toEqual(new Set(["git-upload-pack '/repo'"]));
  });

  it('is believed only when its key is a known one', async () => {
    await repository.commit({ 'index.js': 'x' });
    await expect(fetched({ credentials: key({ knownHosts: '' }) })).rejects.toMatchObject({
      code: 'SourceRefused',
      message: expect.stringContaining('known_hosts'),
    });
    const [host = ''] = server.knownHosts.split(' ');
    const other = `${host} ssh-ed25519 ${Buffer.concat([Buffer.from('0000000b7373682d6564323535313900000020', 'hex'), Buffer.alloc(32, 7)]).toString('base64')}`;
    await expect(fetched({ credentials: key({ knownHosts: other }) })).rejects.toMatchObject({
      code: 'SourceRefused',
      message: expect.stringContaining('not the one among the known hosts'),
    });
    await expect(fetched({ credentials: key({ knownHosts: `@revoked ${server.knownHosts}${server.knownHosts}` }) })).rejects.toMatchObject({
      code: 'SourceRefused',
    });
    expect(server.commands).toEqual([]);
  });

  it('says that it does not take the key', async () => {
    await repository.commit({ 'index.js': 'x' });
    const { privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    });
    await expect(fetched({ credentials: key({ privateKey }) })).rejects.toMatchObject({
      code: 'SourceNotFound',
      message: expect.stringContaining('does not take the key'),
    });
    await expect(fetched({ credentials: key({ privateKey: 'no key' }) })).rejects.toMatchObject({ code: 'SecretNotFound' });
  });

  it('says what is missing: a key, a repository, a revision', async () => {
    await repository.commit({ 'index.js': 'x' });
    await expect(fetched({ credentials: undefined })).rejects.toMatchObject({ message: expect.stringContaining('ssh-privatekey') });
    await expect(fetched({ url: server.url.replace(/repo$/, 'none') })).rejects.toMatchObject({
      code: 'SourceNotFound',
      message: expect.stringContaining('not appear to be a git repository'),
    });
    await expect(fetched({ revision: 'gone' })).rejects.toMatchObject({ message: expect.stringContaining('no revision "gone"') });
  });

  it('is not reached on this machine unless that is allowed, whatever name leads there', async () => {
    const { port } = new URL(server.url);
    for (const host of ['127.0.0.1', 'localhost', '2130706433', '127.1'])
      await expect(
        fetched({
          url: `ssh://git@${host}:${port}/repo`,
          rules: { addresses: [], folders: [] },
          credentials: key({ knownHosts: server.knownHosts.replace('127.0.0.1', host) }),
        }),
      ).rejects.toMatchObject({ code: 'SourceRefused', message: expect.stringContaining('build.allowedAddresses') });
  });
});
