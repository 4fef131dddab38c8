import fs from 'node:fs/promises';
import git from 'isomorphic-git';
import { BuildError } from '../build-error.ts';
import type { SourceRules } from '../fetch/source-rules.ts';
import type { GitCredentials } from './credentials.ts';
import { folderRemote } from './folder-remote.ts';
import { openRemote, type Remote } from './open-remote.ts';
import { sourceRevision, sourceUrl } from './source-url.ts';
import { transferLimit } from './transfer-limit.ts';
import { writeTree } from './write-tree.ts';

export interface GitOptions {
  url: string;
  /** Branch, tag or commit; the remote's default branch when absent. */
  revision?: string;
  /** The folder of the repository that is wanted. */
  subPath: string;
  /** A new folder for its files. */
  into: string;
  /** A new folder for git's objects. */
  gitdir: string;
  credentials?: GitCredentials;
  rules: SourceRules;
  log: (text: string) => void;
}

export interface FetchedCommit {
  sha: string;
  author: string;
}

const maximumTransfer = 512 << 20;
const wholeCommit = /^[0-9a-f]{40}$/;
const shortCommit = /^[0-9a-f]{7,39}$/;

type Repository = Pick<Parameters<typeof git.fetch>[0], 'fs' | 'gitdir' | 'cache'>;

/** Writes one folder of one commit: no program runs, no hook, no filter, no submodule; links are left out. */
export async function fetchGit(options: GitOptions): Promise<FetchedCommit> {
  const url = sourceUrl(options.url, options.rules);
  const revision = options.revision === undefined ? undefined : sourceRevision(options.revision);
  const limit = transferLimit(maximumTransfer);
  try {
    if (url.protocol === 'file:') {
      const repository = { fs: { promises: fs }, gitdir: await folderRemote(url, options.rules), cache: {} };
      return await written(options, repository, await resolved(repository, revision ?? 'HEAD'));
    }
    using remote = openRemote({ url, credentials: options.credentials, addresses: options.rules.addresses, limit });
    const repository = { fs: { promises: fs }, gitdir: options.gitdir, cache: {} };
    await git.init({ ...repository, bare: true, defaultBranch: 'main' });
    await git.addRemote({ ...repository, remote: 'origin', url: remote.address });
    return await written(options, repository, await fetchCommit(repository, remote, revision));
  } catch (error) {
    throw limit.refusal ?? asBuildError(error, options);
  }
}

async function written(options: GitOptions, repository: Repository, oid: string): Promise<FetchedCommit> {
  const { oid: sha, commit } = await git.readCommit({ ...repository, oid });
  const folder = await folderOf({ ...repository, oid: sha }, options);
  await writeTree({ ...options, repository }, folder.oid);
  return { sha, author: commit.author.name };
}

async function folderOf(commit: Parameters<typeof git.readTree>[0], { url, subPath }: GitOptions): ReturnType<typeof git.readTree> {
  try {
    return await git.readTree({ ...commit, filepath: subPath === '' ? undefined : subPath });
  } catch (error) {
    const message = `The source "${url}" has no folder "${subPath}" at this revision. Correct srcRepo.sourceSubPath.`;
    throw new BuildError('SourceNotFound', message, { cause: error });
  }
}

async function fetchCommit(repository: Repository, { http }: Remote, revision: string | undefined): Promise<string> {
  const from = { ...repository, http, remote: 'origin', tags: false };
  const isCommit = revision !== undefined && (wholeCommit.test(revision) || shortCommit.test(revision));
  try {
    const { fetchHead } = await git.fetch({ ...from, remoteRef: revision ?? 'HEAD', depth: 1, singleBranch: true });
    if (fetchHead !== null) return fetchHead;
  } catch (error) {
    // Servers may refuse to send a commit that no branch or tag names at its tip, and know no short names at all.
    if (!isCommit || error instanceof BuildError) throw error;
  }
  await git.fetch({ ...from, singleBranch: false, tags: true });
  return resolved(repository, revision ?? 'HEAD');
}

/** Of what is here already: a branch or tag wins over a commit that begins so. */
async function resolved(repository: Repository, revision: string): Promise<string> {
  try {
    return await git.resolveRef({ ...repository, ref: revision });
  } catch (error) {
    if (!shortCommit.test(revision)) throw error;
    return git.expandOid({ ...repository, oid: revision });
  }
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
  if (status === 404)
    return new BuildError(
      'SourceNotFound',
      `There is no repository at "${url}" (status 404), or it is not open to this build. Correct srcRepo.url, or give srcRepo.credentials.`,
      cause,
    );
  if (code === 'NotFoundError')
    return new BuildError('SourceNotFound', `The source "${url}" has no revision "${revision}". Correct srcRepo.revision.`, cause);
  if (code === 'AmbiguousError')
    return new BuildError('SourceNotFound', `Several commits of "${url}" begin with "${revision}". Write more of its digits.`, cause);
  const why = error instanceof Error ? error.message.slice(0, 500) : String(error);
  return new BuildError(
    'SourceNotFound',
    `The source "${url}" at "${revision}" cannot be fetched: ${why}. Check srcRepo.url, revision and credentials.`,
    cause,
  );
}
