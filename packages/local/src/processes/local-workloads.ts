import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, watch as watchFolder, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as setTimer } from 'node:timers/promises';
import { keyText, type Key } from '@openfunction/resources';
import {
  planInstances,
  WorkloadError,
  type Instance,
  type InstanceId,
  type LogLine,
  type Outcome,
  type Owner,
  type Workload,
  type Workloads,
} from '@openfunction/workload';
import { askHealth } from './ask-health.ts';
import { capLog, followLog, readLog, streams, type LogSource, type Stream } from './instance-log.ts';
import { recordFolder, type InstanceRecord } from './instance-record.ts';
import { killTree, residentBytes, startTimeOf } from './proc.ts';
import { bytesOf } from './quantity.ts';
import { openSandbox, type Isolation, type SandboxKind } from './sandbox.ts';

export interface RuntimeCommand {
  /** Absolute path. */
  command: string;
  args: string[];
  env?: Record<string, string>;
  /** What its instances may read besides the system. */
  readOnlyPaths?: string[];
  /** Sockets outside their own folder that its instances may use. */
  sharedPaths?: string[];
  /** Its instances may start programs, which then have the rights that the sandbox leaves them. */
  startsPrograms?: boolean;
}

export interface LocalWorkloadsOptions {
  /** Everything that must be known after a restart is kept here. */
  dir: string;
  runtimes: Partial<Record<'node' | 'build', RuntimeCommand>>;
  /** `auto`: bubblewrap where it works, else Node's permission model. */
  sandbox: 'auto' | SandboxKind;
  clock?: { now(): number };
  log?: (message: string, fields: Record<string, unknown>) => void;
  /** What instances may read besides the system: the runner's own files. */
  readOnlyPaths?: string[];
  /** The socket that instances reach cluster-local hosts by. */
  internalSocket?: string;
  /** Where bubblewrap is looked for. */
  searchPath?: string;
  /** Of each of stdout and stderr, twice: the present file and the one before; default 5 MiB. */
  maxLogBytes?: number;
}

export interface LocalWorkloads extends Workloads {
  isolation(): Isolation;
  /** Ends every instance. */
  shutdown(): Promise<void>;
  /** Lets go of the instances, which run on; another driver over the same folder finds them. */
  close(): void;
}

const sweepMs = 1000;
const maxBackoffMs = 30_000;
const longestSocketPath = 107;
const maxResultBytes = 4096;
// Keeps the exit code where a restarted control process finds it, and is the parent with which a sandbox ends.
const keepExitCode = 'f=$1; shift; "$@"; c=$?; printf %s "$c" >"$f"; exit "$c"';

function endpointsOf(record: InstanceRecord): NonNullable<Instance['endpoints']> {
  return {
    control: { kind: 'unix', path: join(record.box, 'run/control.sock') },
    traffic: { kind: 'unix', path: join(record.box, 'run/traffic.sock') },
  };
}

function toInstance(record: InstanceRecord): Instance {
  const { id, workload, phase, owner = record.workloadOwner, digest, finished, createdAt, run } = record;
  return {
    id,
    workload,
    namespace: workload.namespace,
    phase,
    owner,
    digest,
    finished,
    createdAt,
    ...(run === 'serve' ? { endpoints: endpointsOf(record) } : {}),
  };
}

function fingerprintOf({ artifact, template, run }: Workload): string {
  return createHash('sha256')
    .update(JSON.stringify([artifact, template, run]))
    .digest('hex');
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** An open file that has no name any more. */
function privateFile(path: string, words: string[]): number {
  writeFileSync(path, words.map((word) => `${word}\0`).join(''), { mode: 0o600 });
  const file = openSync(path, 'r');
  rmSync(path);
  return file;
}

/** Runs instances as processes of this machine, which outlive the process that started them. */
export function localWorkloads(options: LocalWorkloadsOptions): LocalWorkloads {
  const clock = options.clock ?? Date;
  const log = options.log ?? (() => {});
  const sandbox = openSandbox(options.sandbox, options.searchPath ?? '/usr/local/bin:/usr/bin:/bin');
  const folder = recordFolder(options.dir);
  const records = new Map<InstanceId, InstanceRecord>(folder.load().map((record) => [record.id, record]));
  const desired = new Map<string, { workload: Workload; fingerprint: string }>();
  const failures = new Map<string, number>();
  const delayed = new Map<string, NodeJS.Timeout>();
  const listeners = new Set<(key: Key) => void>();
  const own = new Set<InstanceId>();
  let closed = false;

  function changed(record: InstanceRecord): void {
    folder.save(record);
    hint(record.workload);
  }

  function hint(key: Key): void {
    for (const listener of listeners) listener(key);
  }

  function boxOf(id: InstanceId): string {
    const near = join(folder.pathOf(id, 'box'));
    if (Buffer.byteLength(join(near, 'run/control.sock')) <= longestSocketPath) return near;
    // A socket's path has 108 bytes at most, wherever the data lies.
    const short = join(tmpdir(), `ofn-${createHash('sha256').update(options.dir).digest('hex').slice(0, 8)}`);
    mkdirSync(short, { recursive: true, mode: 0o700 });
    return join(short, id);
  }

  function environmentOf(record: InstanceRecord, workload: Workload, runtime: RuntimeCommand): Record<string, string> {
    const { control, traffic } = { control: join(record.box, 'run/control.sock'), traffic: join(record.box, 'run/traffic.sock') };
    return {
      PATH: '/usr/local/bin:/usr/bin:/bin',
      HOME: join(record.box, 'work'),
      TMPDIR: join(record.box, 'work'),
      ...runtime.env,
      ...workload.template.env,
      OFN_INSTANCE_ID: record.id,
      OFN_CONTROL: `unix:${control}`,
      OFN_TRAFFIC: `unix:${traffic}`,
      OFN_WORK_DIR: join(record.box, 'work'),
      OFN_RESULT: join(record.box, 'result.json'),
      ...(options.internalSocket === undefined ? {} : { OFN_INTERNAL_SOCKET: options.internalSocket }),
    };
  }

  function start({ workload, fingerprint }: { workload: Workload; fingerprint: string }, runtime: RuntimeCommand): void {
    const id = randomBytes(5).toString('hex');
    const createdAt = clock.now();
    const { deadlineSeconds, memory } = workload.template;
    const record: InstanceRecord = {
      id,
      workload: workload.key,
      workloadOwner: workload.owner,
      fingerprint,
      run: workload.run,
      phase: 'Starting',
      createdAt,
      deadlineAt: workload.run === 'once' && deadlineSeconds !== undefined ? createdAt + deadlineSeconds * 1000 : undefined,
      memoryBytes: bytesOf(memory),
      box: boxOf(id),
    };
    folder.save(record);
    for (const part of ['run', 'work']) mkdirSync(join(record.box, part), { recursive: true, mode: 0o700 });
    launch(record, workload, runtime);
    records.set(id, record);
    changed(record);
    tend(record);
  }

  function launch(record: InstanceRecord, workload: Workload, runtime: RuntimeCommand): void {
    const inside = sandbox.wrap({
      command: runtime.command,
      args: runtime.args,
      env: environmentOf(record, workload, runtime),
      folder: record.box,
      readOnlyPaths: [...(options.readOnlyPaths ?? []), ...(runtime.readOnlyPaths ?? [])],
      sharedPaths: [...(options.internalSocket === undefined ? [] : [options.internalSocket]), ...(runtime.sharedPaths ?? [])],
      startsPrograms: runtime.startsPrograms ?? false,
    });
    const outputs = streams.map((stream) => openSync(folder.pathOf(record.id, stream), 'a', 0o600));
    const privateArgs = inside.privateArgs === undefined ? [] : [privateFile(folder.pathOf(record.id, 'args'), inside.privateArgs)];
    const child = spawn('/bin/sh', ['-c', keepExitCode, 'sh', folder.pathOf(record.id, 'exit'), inside.command, ...inside.args], {
      cwd: record.box,
      env: inside.env,
      detached: true,
      stdio: ['ignore', ...outputs, ...privateArgs],
    });
    for (const file of [...outputs, ...privateArgs]) closeSync(file);
    child.on('error', (error) => log('An instance could not be started', { instance: record.id, error: error.message }));
    own.add(record.id);
    child.on('exit', () => {
      own.delete(record.id);
      if (!closed) ended(record.id);
    });
    child.unref();
    const startTime = child.pid === undefined ? undefined : startTimeOf(child.pid);
    if (child.pid !== undefined && startTime !== undefined) record.process = { pid: child.pid, startTime };
  }

  /** What an instance needs until it is ready or over, whether it was started here or found. */
  function tend(record: InstanceRecord): void {
    if (record.deadlineAt !== undefined)
      setTimeout(() => kill(record, 'DeadlineExceeded'), Math.max(0, record.deadlineAt - clock.now())).unref();
    if (record.run !== 'serve' || record.phase !== 'Starting') return;
    const control = join(record.box, 'run/control.sock');
    // The socket appears shortly before it answers; later changes are left to the sweep.
    const look = watchFolder(join(record.box, 'run'), () => {
      if (!existsSync(control)) return;
      look.close();
      void awaitReady(record);
    }).on('error', () => look.close());
    look.unref();
    if (existsSync(control)) void awaitReady(record);
  }

  /** Between the socket's appearance and its first answer lie milliseconds; after that the sweep asks. */
  async function awaitReady(record: InstanceRecord): Promise<void> {
    for (let attempt = 0; attempt < 10 && record.phase === 'Starting'; attempt += 1) {
      await checkReady(record);
      if (record.phase === 'Starting') await setTimer(20, undefined, { ref: false });
    }
  }

  async function checkReady(record: InstanceRecord): Promise<void> {
    const usable = await askHealth(join(record.box, 'run/control.sock'));
    if (!usable || closed || records.get(record.id) !== record || record.phase !== 'Starting') return;
    record.phase = 'Ready';
    failures.delete(keyText(record.workload));
    changed(record);
  }

  function kill(record: InstanceRecord, reason?: InstanceRecord['killedFor']): void {
    if (closed || record.finished !== undefined) return;
    if (reason !== undefined) {
      record.killedFor = reason;
      folder.save(record);
    }
    if (record.process !== undefined) killTree(record.process);
  }

  function outcomeOf(record: InstanceRecord): Outcome {
    const text = readText(folder.pathOf(record.id, 'exit'));
    const exitCode = text === undefined || text === '' ? undefined : Number(text);
    const message = Buffer.from(readText(join(record.box, 'result.json')) ?? '')
      .subarray(0, maxResultBytes)
      .toString('utf8');
    const succeeded = exitCode === 0 && record.killedFor === undefined && record.run === 'once';
    const reason = record.killedFor ?? (succeeded ? 'Completed' : exitCode === undefined || exitCode > 128 ? 'Killed' : 'Error');
    return { succeeded, reason, exitCode, message };
  }

  function ended(id: InstanceId): void {
    const record = records.get(id);
    if (record === undefined || record.finished !== undefined) return;
    record.finished = outcomeOf(record);
    record.phase = record.finished.succeeded ? 'Finished' : 'Failed';
    if (record.run === 'serve' && record.owner === undefined)
      failures.set(keyText(record.workload), (failures.get(keyText(record.workload)) ?? 0) + 1);
    changed(record);
    reconcile(record.workload);
  }

  function drop(id: InstanceId): void {
    const record = records.get(id);
    if (record === undefined) return;
    records.delete(id);
    if (record.process !== undefined) killTree(record.process);
    folder.remove(record);
    hint(record.workload);
  }

  function reconcile(key: Key): void {
    if (closed) return;
    const wanted = desired.get(keyText(key));
    const present = [...records.values()]
      .filter((record) => keyText(record.workload) === keyText(key))
      .map((record) => ({ ...record, adopted: record.owner !== undefined }));
    const plan = planInstances(wanted, present);
    for (const id of plan.destroy) drop(id);
    const runtime = wanted === undefined ? undefined : runtimeOf(wanted.workload);
    if (wanted === undefined || runtime === undefined || plan.spawn === 0) return;
    const failed = failures.get(keyText(key)) ?? 0;
    if (failed > 0 && !delayed.has(keyText(key))) {
      // What fails at once would otherwise be started again without end.
      const wait = Math.min(maxBackoffMs, 250 * 2 ** (failed - 1));
      delayed.set(keyText(key), setTimeout(() => retry(key, failed), wait).unref());
      return;
    }
    if (failed === 0) for (let count = 0; count < plan.spawn; count += 1) start(wanted, runtime);
  }

  function shrink(key: Key): void {
    const wanted = desired.get(keyText(key));
    if (wanted === undefined) return;
    const { workload, fingerprint } = wanted;
    desired.set(keyText(key), { workload: { ...workload, replicas: Math.max(0, workload.replicas - 1) }, fingerprint });
  }

  function retry(key: Key, failed: number): void {
    delayed.delete(keyText(key));
    failures.delete(keyText(key));
    reconcile(key);
    // Remembered until an instance of it becomes ready.
    failures.set(keyText(key), failed);
  }

  function runtimeOf(workload: Workload): RuntimeCommand | undefined {
    return workload.artifact.kind === 'runner' ? options.runtimes[workload.artifact.runtime] : undefined;
  }

  function sweep(): void {
    for (const record of records.values()) {
      if (record.finished !== undefined) continue;
      if (!own.has(record.id) && (record.process === undefined || startTimeOf(record.process.pid) !== record.process.startTime)) {
        ended(record.id);
        continue;
      }
      if (record.phase === 'Starting' && record.run === 'serve') void checkReady(record);
      if (record.memoryBytes !== undefined && record.process !== undefined && residentBytes(record.process.pid) > record.memoryBytes)
        kill(record, 'OOMKilled');
      for (const stream of streams) capLog(folder.pathOf(record.id, stream), options.maxLogBytes ?? 5 * 2 ** 20);
    }
  }

  for (const record of records.values()) if (record.finished === undefined) tend(record);
  sweep();
  const sweeper = setInterval(sweep, sweepMs).unref();

  async function* logs(id: InstanceId, { follow, tailLines, signal }: Parameters<Workloads['logs']>[1]): AsyncGenerator<LogLine> {
    const record = records.get(id);
    if (record === undefined)
      throw new WorkloadError(
        'InstanceNotFound',
        `There is no instance "${id}", so there is no log of it. It was destroyed or never existed.`,
      );
    const source: LogSource = {
      pathOf: (stream: Stream) => folder.pathOf(id, stream),
      createdAt: record.createdAt,
      now: () => clock.now(),
      isOver: () => record.finished !== undefined || !records.has(id) || closed,
    };
    const { lines, offsets } = await readLog(source);
    for (const line of tailLines === undefined ? lines : lines.slice(Math.max(0, lines.length - tailLines))) {
      if (signal.aborted) return;
      yield line;
    }
    if (follow && !signal.aborted) yield* followLog(source, offsets, signal);
  }

  async function* watch(signal: AbortSignal): AsyncGenerator<Key> {
    const pending = new Map<string, Key>();
    let wake = (): void => {};
    const listener = (key: Key): void => {
      pending.set(keyText(key), key);
      wake();
    };
    const stop = (): void => wake();
    listeners.add(listener);
    signal.addEventListener('abort', stop);
    try {
      while (!signal.aborted) {
        const [first] = pending;
        if (first !== undefined) {
          pending.delete(first[0]);
          yield first[1];
          continue;
        }
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    } finally {
      listeners.delete(listener);
      signal.removeEventListener('abort', stop);
    }
  }

  function close(): void {
    closed = true;
    clearInterval(sweeper);
    for (const timer of delayed.values()) clearTimeout(timer);
  }

  return {
    runs: new Set(['runner'] as const),
    honours: new Set(['env', 'memory', 'deadlineSeconds'] as const),
    isolation: () => sandbox.isolation,
    apply: async (workload) => {
      if (runtimeOf(workload) === undefined) {
        const what =
          workload.artifact.kind === 'image' ? `the image ${workload.artifact.ref}` : `the runtime "${workload.artifact.runtime}"`;
        throw new WorkloadError(
          'ArtifactNotRunnable',
          `${keyText(workload.key)} cannot run: this host does not run ${what}. Use a supported runtime, or deploy to a cluster.`,
        );
      }
      desired.set(keyText(workload.key), { workload, fingerprint: fingerprintOf(workload) });
      reconcile(workload.key);
    },
    remove: async (key) => {
      desired.delete(keyText(key));
      failures.delete(keyText(key));
      reconcile(key);
    },
    list: async (owner?: Owner) =>
      [...records.values()].map(toInstance).filter((instance) => owner === undefined || instance.owner?.uid === owner.uid),
    watch,
    adopt: async (id, owner, digest, { refill } = { refill: true }) => {
      const record = records.get(id);
      if (record === undefined || record.finished !== undefined) {
        throw new WorkloadError('InstanceNotFound', `Instance "${id}" cannot be adopted: it is not running any more. Take another one.`);
      }
      record.owner = owner;
      record.digest = digest;
      changed(record);
      if (!refill) shrink(record.workload);
      reconcile(record.workload);
    },
    destroy: async (id) => {
      const key = records.get(id)?.workload;
      drop(id);
      if (key !== undefined) reconcile(key);
    },
    logs,
    shutdown: async () => {
      close();
      for (const id of records.keys()) drop(id);
      rmSync(join(options.dir, 'instances'), { recursive: true, force: true });
    },
    close,
  };
}
