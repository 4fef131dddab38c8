import fs, { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import git from 'isomorphic-git';
import { normalisedPath } from '@openfunction/artifact';
import { BuildError } from '../build-error.ts';
import type { GitCredentials } from '../exchange/build-exchange.ts';
import { guardedHttp } from './guarded-http.ts';
import { sourceRevision, sourceUrl } from './source-url.ts';

export interface GitOptions {
  url: string;
  /** Branch, tag or whole commit; the remote's default branch when absent. */
  revision?: string;
  /** The folder of the repository that is wanted. */
  subPath: string;
  /** A new folder for its files. */
  into: string;
  /** A new folder for git's objects. */
  gitdir: string;
  credentials?: GitCredentials;
  log: (text: string) => void;
}

export interface FetchedCommit {
  sha: string;
  author: string;
}

const limits = { transfer: 512 << 20, bytes: 256 << 20, entries: 20_000, depth: 64 };
const wholeCommit = /^[0-9a-f]{40}$/;

/** Writes one folder of one commit: no program runs, no hook, no filter, no submodule; links are left out. */
export async function fetchGit(options: GitOptions): Promise<FetchedCommit> {
  const url = sourceUrl(options.url);
  const revision = options.revision === undefined ? undefined : sourceRevision(options.revision);
  const http = guardedHttp({ url, authorization: authorizationFor(url, options.credentials), maxBytes: limits.transfer });
  const repository = { fs: { promises: fs }, gitdir: options.gitdir, cache: {} };
  await git.init({ ...repository, bare: true, defaultBranch: 'main' });
  await git.addRemote({ ...repository, remote: 'origin', url: url.href });
  const from = { ...repository, http, remote: 'origin', tags: false };
  try {
    const oid = await fetchCommit(from, revision);
    const { oid: sha, commit } = await git.readCommit({ ...repository, oid });
    const folder = await folderOf({ ...repository, oid: sha }, options);
    await writeFolder({ ...options, repository, left: { bytes: limits.bytes, entries: limits.entries } }, folder.oid, '');
    return { sha, author: commit.author.name };
  } catch (error) {
    throw asBuildError(error, options);
  }
}

async function folderOf(commit: Parameters<typeof git.readTree>[0], { url, subPath }: GitOptions): ReturnType<typeof git.readTree> {
  try {
    return await git.readTree({ ...commit, filepath: subPath === '' ? undefined : subPath });
  } catch (error) {
    const message = `The source "${url}" has no folder "${subPath}" at this revision. Correct srcRepo.sourceSubPath.`;
    throw new BuildError('SourceNotFound', message, { cause: error });
  }
}

type Remote = Pick<Parameters<typeof git.fetch>[0], 'fs' | 'gitdir' | 'cache' | 'http' | 'remote' | 'tags'>;

async function fetchCommit(from: Remote, revision: string | undefined): Promise<string> {
  try {
    const { fetchHead } = await git.fetch({ ...from, remoteRef: revision ?? 'HEAD', depth: 1, singleBranch: true });
    if (fetchHead !== null) return fetchHead;
  } catch (error) {
    // Servers may refuse to send a commit that no branch or tag names at its tip.
    if (revision === undefined || !wholeCommit.test(revision) || error instanceof BuildError) throw error;
  }
  await git.fetch({ ...from, singleBranch: false, tags: true });
  return revision ?? 'HEAD';
}

interface Writing extends GitOptions {
  repository: Pick<Remote, 'fs' | 'gitdir' | 'cache'>;
  left: { bytes: number; entries: number };
}

async function writeFolder(to: Writing, oid: string, folder: string): Promise<void> {
  if (folder.split('/').length > limits.depth) throw refused(`"${folder.slice(0, 200)}" lies too deep`);
  await mkdir(join(to.into, folder), { recursive: true });
  const { tree } = await git.readTree({ ...to.repository, oid });
  for (const entry of tree) {
    // What a repository calls its files is not believed: none of them may leave the folder.
    const path = normalisedPath(folder === '' ? entry.path : `${folder}/${entry.path}`);
    to.left.entries -= 1;
    if (to.left.entries < 0) throw refused(`it has more than ${limits.entries} files`);
    if (entry.type === 'commit')
      throw refused(`"${path}" is a submodule; copy its files into the repository, or install it as a dependency`);
    if (entry.type === 'tree') await writeFolder(to, entry.oid, path);
    else if (entry.mode === '120000') to.log(`Left out the link ${path}\n`);
    else await writeBlob(to, entry.oid, path, entry.mode === '100755');
  }
}

async function writeBlob(to: Writing, oid: string, path: string, isExecutable: boolean): Promise<void> {
  const { blob } = await git.readBlob({ ...to.repository, oid });
  to.left.bytes -= blob.length;
  if (to.left.bytes < 0) throw refused(`its files have more than ${limits.bytes} bytes`);
  await mkdir(join(to.into, dirname(path)), { recursive: true });
  await writeFile(join(to.into, path), blob, { flag: 'wx', mode: isExecutable ? 0o755 : 0o644 });
}

/** Credentials travel under TLS, or to this very machine. */
function authorizationFor(url: URL, credentials: GitCredentials | undefined): string | undefined {
  if (credentials === undefined) return undefined;
  if (url.protocol !== 'https:' && !['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname))
    throw new BuildError('SourceRefused', `The credentials of srcRepo would be sent to ${url.host} in clear. Use its https address.`);
  return `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`;
}

function refused(why: string): BuildError {
  return new BuildError('SourceRefused', `The repository is refused: ${why}. Correct the repository, or srcRepo.sourceSubPath.`);
}

function asBuildError(error: unknown, { url, revision = 'HEAD' }: GitOptions): Error {
  if (error instanceof BuildError || (error instanceof Error && error.name === 'ArtifactError')) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const status = code === 'HttpError' ? (error as Error & { data?: { statusCode?: number } }).data?.statusCode : undefined;
  const cause = { cause: error };
  if (status === 401 || status === 403)
    return new BuildError(
      'SourceNotFound',
      `The source "${url}" is not open to this build (status ${status}). Give srcRepo.credentials the name of a Secret with username and password.`,
      cause,
    );
  if (code === 'NotFoundError')
    return new BuildError('SourceNotFound', `The source "${url}" has no revision "${revision}". Correct srcRepo.revision.`, cause);
  const why = error instanceof Error ? error.message.slice(0, 500) : String(error);
  return new BuildError(
    'SourceNotFound',
    `The source "${url}" at "${revision}" cannot be fetched: ${why}. Check srcRepo.url, revision and credentials.`,
    cause,
  );
}
