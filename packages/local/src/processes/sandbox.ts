import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { maxProcesses } from './limits.ts';

export type SandboxKind = 'bwrap' | 'permission' | 'none';

export interface Isolation {
  kind: SandboxKind;
  /** One sentence on what an instance can and cannot reach. */
  holds: string;
}

export interface SandboxedCommand {
  command: string;
  args: string[];
  env: Record<string, string>;
  /** The only folder that the instance may change; it keeps its path. */
  folder: string;
  readOnlyPaths: string[];
  /** Folders outside with sockets that it may connect to; it cannot put others in their place. */
  sharedFolders: string[];
  /** It may start programs; where only Node's permission model guards it, those are not guarded. */
  startsPrograms: boolean;
}

const holds: Readonly<Record<SandboxKind, string>> = {
  bwrap:
    'Instances see their own folder, the runtime and the system libraries only, in namespaces of their own and without capabilities; the network is shared, and only ephemeralStorage bounds the disk.',
  permission:
    'Node refuses instances files outside their own folder, child processes and native addons; sockets are not guarded, memory and processes are not separated, and only ephemeralStorage bounds the disk.',
  none: 'Instances run with all rights of this user: run only code that you trust.',
};

const systemPaths = ['/usr', '/bin', '/sbin', '/lib', '/lib64', '/lib32'];
const systemFiles = [
  'hosts',
  'resolv.conf',
  'nsswitch.conf',
  'localtime',
  'ssl',
  'pki',
  'ca-certificates',
  'ld.so.cache',
  'ld.so.conf',
  'ld.so.conf.d',
];
const namespaces = ['--unshare-user', '--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try', '--cap-drop', 'ALL'];
// Of newer versions: no namespaces within, where the kernel shows more of itself.
const furtherLock = ['--disable-userns'];
// Files in memory count for nobody's limit, so there is little room for them.
const memoryFolders = ['/dev/shm', '/tmp'].flatMap((path) => ['--size', String(16 * 2 ** 20), '--tmpfs', path]);
// Either shell's name of the limit. It holds per sandbox, unless root runs it: the sweep counts then.
const withProcessLimit = [
  '/bin/sh',
  '-c',
  `ulimit -u ${maxProcesses} 2>/dev/null || ulimit -p ${maxProcesses} 2>/dev/null; exec "$@"`,
  'sh',
];

function findBwrap(searchPath: string): string | undefined {
  return searchPath
    .split(delimiter)
    .filter((folder) => folder.startsWith('/'))
    .map((folder) => join(folder, 'bwrap'))
    .find((file) => existsSync(file));
}

/** Many hosts have the program and forbid what it needs, so only a trial tells. */
function works(bwrap: string, more: string[]): boolean {
  const trial = spawnSync(bwrap, [...namespaces, ...more, '--ro-bind', '/', '/', '--proc', '/proc', '--dev', '/dev', '/bin/true'], {
    timeout: 5000,
    env: {},
  });
  return trial.status === 0;
}

function bwrapArgs(given: SandboxedCommand, more: string[]): string[] {
  const readOnly = (path: string): string[] => ['--ro-bind-try', path, path];
  return [
    ...namespaces,
    ...more,
    '--die-with-parent',
    '--new-session',
    '--clearenv',
    ...Object.entries(given.env).flatMap(([name, value]) => ['--setenv', name, value]),
    '--proc',
    '/proc',
    '--dev',
    '/dev',
    ...(more.length > 0 ? memoryFolders : ['--tmpfs', '/tmp']),
    ...systemPaths.flatMap(readOnly),
    ...systemFiles.flatMap((name) => readOnly(`/etc/${name}`)),
    ...(given.command.startsWith('/') ? readOnly(dirname(given.command)) : []),
    ...given.readOnlyPaths.flatMap(readOnly),
    ...given.sharedFolders.flatMap(readOnly),
    '--bind',
    given.folder,
    given.folder,
    '--chdir',
    given.folder,
  ];
}

function permissionArgs(given: SandboxedCommand): string[] {
  const readable = [given.folder, dirname(given.command), ...given.readOnlyPaths].map((path) => `--allow-fs-read=${path}`);
  const programs = given.startsPrograms ? ['--allow-child-process'] : [];
  return ['--permission', ...readable, `--allow-fs-write=${given.folder}`, ...programs, ...given.args];
}

export interface Sandbox {
  isolation: Isolation;
  /** `privateArgs` are to be read from file descriptor 3: they hold the environment, and arguments can be seen by every user. */
  wrap(given: SandboxedCommand): { command: string; args: string[]; env: Record<string, string>; privateArgs?: string[] };
}

/** The strongest sandbox that works here, or the one asked for. Throws when that one does not work. */
export function openSandbox(asked: 'auto' | SandboxKind, searchPath: string): Sandbox {
  const found = asked === 'auto' || asked === 'bwrap' ? findBwrap(searchPath) : undefined;
  const more = found !== undefined && works(found, furtherLock) ? furtherLock : [];
  const bwrap = found !== undefined && (more.length > 0 || works(found, [])) ? found : undefined;
  if (asked === 'bwrap' && bwrap === undefined) {
    throw new Error(
      'Instances cannot be sandboxed with bubblewrap: it is not installed or user namespaces are forbidden. Install bubblewrap, or choose the sandbox "permission".',
    );
  }
  if (bwrap !== undefined) {
    return {
      isolation: { kind: 'bwrap', holds: holds.bwrap },
      // The variables are set inside; what wraps needs none.
      wrap: (given) => ({
        command: bwrap,
        args: ['--args', '3', '--', ...withProcessLimit, given.command, ...given.args],
        env: {},
        privateArgs: bwrapArgs(given, more),
      }),
    };
  }
  const kind = asked === 'none' ? 'none' : 'permission';
  return {
    isolation: { kind, holds: holds[kind] },
    wrap: (given) => ({ command: given.command, args: kind === 'none' ? given.args : permissionArgs(given), env: given.env }),
  };
}
