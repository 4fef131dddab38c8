import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readTar } from '@openfunction/artifact';
import { BuildError } from './build-error.ts';
import { runCommand } from './run-command.ts';

export interface GitOptions {
  url: string;
  /** Branch, tag or commit; the remote's default branch when absent. */
  revision?: string;
  into: string;
  /** What git may use; never `ext`. */
  protocols: ('https' | 'http' | 'ssh' | 'file')[];
  credentials?: { username: string; password: string };
  path: string;
  log: (text: string) => void;
}

export interface FetchedCommit {
  sha: string;
  author: string;
}

/** Checks one commit out: depth 1, no hooks, no prompts, no submodules, links as plain files. */
export async function fetchGit(options: GitOptions): Promise<FetchedCommit> {
  assertPlain(options);
  const env = gitEnv(options);
  await mkdir(options.into, { recursive: true });
  const git = (...args: string[]): ReturnType<typeof runCommand> => runCommand('git', args, { cwd: options.into, env, log: options.log });
  const must = async (...args: string[]): Promise<string> => {
    const done = await git(...args);
    if (done.code !== 0)
      throw new BuildError(
        'SourceNotFound',
        `The source ${shown(options.url)} at "${options.revision ?? 'HEAD'}" cannot be fetched: ${done.output.trim().slice(-500)}. Check srcRepo.url, revision and credentials.`,
      );
    return done.stdout.trim();
  };
  await must('init', '--quiet');
  await must('fetch', '--quiet', '--depth', '1', '--no-tags', '--no-recurse-submodules', '--', options.url, options.revision ?? 'HEAD');
  await must('checkout', '--quiet', '--detach', 'FETCH_HEAD');
  const [sha = '', author = ''] = (await must('log', '-1', '--format=%H%n%an')).split('\n');
  return { sha, author };
}

/** Writes the files of an untrusted tar below `into`, which must be new. */
export async function unpackTar(tar: Uint8Array, into: string): Promise<void> {
  await mkdir(into, { recursive: true });
  for await (const entry of readTar(tar)) {
    const path = join(into, entry.path);
    await mkdir(entry.kind === 'folder' ? path : dirname(path), { recursive: true });
    if (entry.kind === 'file') await writeFile(path, entry.bytes, { flag: 'wx', mode: entry.executable === true ? 0o755 : 0o644 });
  }
}

function assertPlain({ url, revision, protocols }: GitOptions): void {
  const scheme = URL.canParse(url) ? new URL(url).protocol.slice(0, -1) : 'ssh';
  const isScp = /^[A-Za-z0-9._-]+@[A-Za-z0-9.-]+:[^:]+$/.test(url);
  if (url.startsWith('-') || url.includes('::') || (!URL.canParse(url) && !isScp) || !(protocols as string[]).includes(scheme)) {
    throw new BuildError(
      'SourceRefused',
      `The source ${shown(url)} is refused: allowed are ${protocols.join(', ')} addresses. Correct srcRepo.url.`,
    );
  }
  if (revision !== undefined && (!/^[A-Za-z0-9][A-Za-z0-9._/+-]{0,254}$/.test(revision) || revision.includes('..'))) {
    throw new BuildError(
      'SourceRefused',
      `The revision "${revision.slice(0, 100)}" is refused: it is no branch, tag or commit. Correct srcRepo.revision.`,
    );
  }
}

function gitEnv(options: GitOptions): Record<string, string> {
  const config: [string, string][] = [
    ['core.hooksPath', '/dev/null'],
    ['core.symlinks', 'false'],
    ['core.fsmonitor', 'false'],
    ['protocol.ext.allow', 'never'],
    ['http.followRedirects', 'initial'],
    ['gc.auto', '0'],
  ];
  if (options.credentials !== undefined && options.url.startsWith('https:')) {
    // By environment: arguments are readable by every process of the machine. Bound to the URL, so no redirect sees it.
    const basic = Buffer.from(`${options.credentials.username}:${options.credentials.password}`).toString('base64');
    config.push([`http.${new URL(options.url).origin}/.extraHeader`, `Authorization: Basic ${basic}`]);
  }
  return {
    PATH: options.path,
    HOME: '/nonexistent',
    GIT_ALLOW_PROTOCOL: options.protocols.join(':'),
    GIT_TERMINAL_PROMPT: '0',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_SSH_COMMAND: 'ssh -oBatchMode=yes',
    GIT_CONFIG_COUNT: `${config.length}`,
    ...Object.fromEntries(
      config.flatMap(([key, value], index) => [
        [`GIT_CONFIG_KEY_${index}`, key],
        [`GIT_CONFIG_VALUE_${index}`, value],
      ]),
    ),
  };
}

/** Without user and password. */
function shown(url: string): string {
  if (!URL.canParse(url)) return `"${url.slice(0, 200)}"`;
  const parsed = new URL(url);
  parsed.username = '';
  parsed.password = '';
  return `"${parsed.href.slice(0, 200)}"`;
}
