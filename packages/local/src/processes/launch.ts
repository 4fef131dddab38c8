import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Instance, Outcome, Trouble, Workload } from '@openfunction/workload';
import { streams } from './instance-log.ts';
import type { InstanceRecord, RecordFolder } from './instance-record.ts';
import type { ProcessIdentity, ProcessTable } from './process-table.ts';
import type { Sandbox } from './sandbox.ts';

const longestSocketPath = 107;
const systemPath = '/usr/local/bin:/usr/bin:/bin';
// Leaves its pid and then the exit code where a restarted control process finds them (without, as on a full disk, nobody
// could end it, so it does not begin), and is the parent with which a
// sandbox ends. What the shell says of how it ended is not the function's log. No core dumps, for they hold secrets; and of all processes, the kernel is to end an instance first.
const wrapper =
  'echo $$ >"$1/pid" || exit 70; d=$1; shift; ulimit -c 0; echo 800 2>/dev/null >/proc/self/oom_score_adj; exec 9>&2 2>/dev/null; (exec "$@" 2>&9 9>&-); c=$?; printf %s "$c" >"$d/exit"; exit "$c"';

export interface RuntimeCommand {
  /** Absolute path. */
  command: string;
  args: string[];
  /** Arguments before `args` by which the program keeps within the limits itself. */
  limitArgs?: (limits: { memoryBytes?: number }) => string[];
  env?: Record<string, string>;
  /** What its instances may read besides the system. */
  readOnlyPaths?: string[];
  /** Folders whose sockets its instances may use: a server that restarts makes its socket anew, which only a folder shows. */
  sharedFolders?: string[];
  /** Its instances may start programs, which then have the rights that the sandbox leaves them. */
  startsPrograms?: boolean;
}

export interface LaunchContext {
  /** Of the driver. */
  dir: string;
  folder: RecordFolder;
  sandbox: Sandbox;
  readOnlyPaths: string[];
  internalSocket?: string;
}

/** The folder that an instance may write; a socket's path has 108 bytes at most, wherever the data lies. */
export function boxOf(id: string, { dir, folder }: Pick<LaunchContext, 'dir' | 'folder'>): string {
  const near = folder.pathOf(id, 'box');
  if (Buffer.byteLength(join(near, 'run/control.sock')) <= longestSocketPath) return near;
  const short = join(realpathSync(tmpdir()), `ofn-${createHash('sha256').update(dir).digest('hex').slice(0, 8)}`);
  mkdirSync(short, { recursive: true, mode: 0o700 });
  return join(short, id);
}

export function toInstance(record: InstanceRecord): Instance {
  const { id, workload, phase, owner = record.workloadOwner, digest, finished, createdAt, run } = record;
  const endpoints = run === 'serve' ? { endpoints: endpointsOf(record) } : {};
  const { plain, trouble = crashOf(record) } = record;
  return {
    id,
    workload,
    namespace: workload.namespace,
    phase,
    ...(plain === undefined ? {} : { plain }),
    ...(trouble === undefined ? {} : { trouble }),
    owner,
    digest,
    finished,
    createdAt,
    ...endpoints,
  };
}

/** A container that serves has no reason to end by itself. */
function crashOf({ plain, finished }: InstanceRecord): Trouble | undefined {
  if (plain !== true || finished === undefined) return undefined;
  const how = endOf(finished);
  return {
    code: 'ContainerCrashes',
    message: `The container ${how} instead of serving; it is started again with growing pauses. Its log may say why: ofn logs.`,
  };
}

function endOf({ reason, exitCode, message }: Outcome): string {
  if (reason === 'Unhealthy') return `${message} and was ended`;
  return reason === 'Error' ? `ended with exit code ${exitCode ?? 0}` : `was ended: ${reason}`;
}

function endpointsOf({ box }: InstanceRecord): NonNullable<Instance['endpoints']> {
  return {
    control: { kind: 'unix', path: join(box, 'run/control.sock') },
    traffic: { kind: 'unix', path: join(box, 'run/traffic.sock') },
  };
}

/** Starts the process of an instance, which outlives this one. */
export function launch(record: InstanceRecord, workload: Workload, runtime: RuntimeCommand, context: LaunchContext): ChildProcess {
  const { folder, sandbox, internalSocket } = context;
  for (const part of ['run', 'work']) mkdirSync(join(record.box, part), { recursive: true, mode: 0o700 });
  const inside = sandbox.wrap({
    command: runtime.command,
    args: [...(runtime.limitArgs?.({ memoryBytes: record.memoryBytes }) ?? []), ...runtime.args],
    env: environmentOf(record, workload, { runtime, internalSocket }),
    folder: record.box,
    readOnlyPaths: [...context.readOnlyPaths, ...(runtime.readOnlyPaths ?? [])],
    sharedFolders: [...(internalSocket === undefined ? [] : [dirname(internalSocket)]), ...(runtime.sharedFolders ?? [])],
    startsPrograms: runtime.startsPrograms ?? false,
  });
  return spawnInstance(record, folder, inside);
}

/** A process whose output is the instance's log, and which leaves its pid and the way it ended in the instance's folder. */
export function spawnInstance(
  record: InstanceRecord,
  folder: RecordFolder,
  given: { command: string; args: string[]; env: Record<string, string>; privateArgs?: string[] },
): ChildProcess {
  const outputs = streams.map((stream) => openSync(folder.pathOf(record.id, stream), 'a', 0o600));
  const privateArgs = given.privateArgs === undefined ? [] : [privateFile(folder.pathOf(record.id, 'args'), given.privateArgs)];
  try {
    return spawn('/bin/sh', ['-c', wrapper, 'sh', folder.pathOf(record.id, '.'), given.command, ...given.args], {
      cwd: record.box,
      env: given.env,
      detached: true,
      stdio: ['ignore', ...outputs, ...privateArgs],
    });
  } finally {
    for (const file of [...outputs, ...privateArgs]) closeSync(file);
  }
}

/** The process of an instance that was started by a control process that ended before it could write down which one. */
export function findProcess(record: InstanceRecord, folder: RecordFolder, table: ProcessTable): ProcessIdentity | undefined {
  let pid = 0;
  try {
    pid = Number(readFileSync(folder.pathOf(record.id, 'pid'), 'utf8'));
  } catch {
    return undefined;
  }
  const startTime = table.startTimeOf(pid);
  // A pid may be another's by now: only the wrapper names this folder.
  return startTime !== undefined && table.commandOf(pid).includes(folder.pathOf(record.id, '.')) ? { pid, startTime } : undefined;
}

function environmentOf(
  record: InstanceRecord,
  workload: Workload,
  { runtime, internalSocket }: { runtime: RuntimeCommand; internalSocket?: string },
): Record<string, string> {
  const work = join(record.box, 'work');
  return {
    PATH: systemPath,
    HOME: work,
    TMPDIR: work,
    ...runtime.env,
    ...workload.template.env,
    OFN_INSTANCE_ID: record.id,
    OFN_CONTROL: `unix:${join(record.box, 'run/control.sock')}`,
    OFN_TRAFFIC: `unix:${join(record.box, 'run/traffic.sock')}`,
    OFN_WORK_DIR: work,
    OFN_RESULT: join(record.box, 'result.json'),
    ...(internalSocket === undefined ? {} : { OFN_INTERNAL_SOCKET: internalSocket }),
  };
}

/** An open file that has no name any more. */
function privateFile(path: string, words: string[]): number {
  writeFileSync(path, words.map((word) => `${word}\0`).join(''), { mode: 0o600 });
  const file = openSync(path, 'r');
  rmSync(path);
  return file;
}
