import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, realpathSync, watch as watchFolder } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as setTimer } from 'node:timers/promises';
import { keyText, type Key } from '@openfunction/resources';
import { planInstances, WorkloadError, type InstanceId, type LogLine, type Workload, type Workloads } from '@openfunction/workload';
import { askHealth } from './ask-health.ts';
import { hints } from './hints.ts';
import { capLog, followLog, readLog, streams, type LogSource, type Stream } from './instance-log.ts';
import { newRecord, recordFolder, type InstanceRecord } from './instance-record.ts';
import { boxOf, findProcess, launch, toInstance, type LaunchContext, type RuntimeCommand } from './launch.ts';
import { limitBroken } from './limits.ts';
import { outcomeOf } from './outcome.ts';
import { killTree, processTable } from './process-table.ts';
import { restartDelays } from './restart-delays.ts';
import { storageWatch } from './storage-watch.ts';
import { openSandbox, type Isolation, type SandboxKind } from './sandbox.ts';

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
  /** The socket that instances reach cluster-local hosts by; alone in its folder, which they see. */
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
const defaultMaxLogBytes = 5 * 2 ** 20;

/** Runs instances as processes of this machine, which outlive the process that started them. */
export function localWorkloads(options: LocalWorkloadsOptions): LocalWorkloads {
  const clock = options.clock ?? Date;
  const log = options.log ?? (() => {});
  const table = processTable(process.platform);
  const sandbox = openSandbox(options.sandbox, options.searchPath ?? '/usr/local/bin:/usr/bin:/bin');
  mkdirSync(options.dir, { recursive: true, mode: 0o700 });
  // Sockets are connected to by paths without links in them.
  const dir = realpathSync(options.dir);
  const folder = recordFolder(dir);
  const { readOnlyPaths = [], internalSocket } = options;
  const context: LaunchContext = { dir, folder, sandbox, readOnlyPaths, internalSocket };
  const records = new Map<InstanceId, InstanceRecord>(folder.load().map((record) => [record.id, record]));
  const desired = new Map<string, { workload: Workload; fingerprint: string }>();
  const delays = restartDelays();
  const changes = hints();
  /** Started by this process, which is told of their end. */
  const own = new Set<InstanceId>();
  const storage = storageWatch(() => clock.now());
  let closed = false;

  function changed(record: InstanceRecord): void {
    folder.save(record);
    changes.give(record.workload);
  }

  function start({ workload, fingerprint }: { workload: Workload; fingerprint: string }, runtime: RuntimeCommand): void {
    const record = newRecord({ workload, fingerprint }, { id: randomBytes(5).toString('hex'), createdAt: clock.now() });
    record.box = boxOf(record.id, context);
    // Written before the process exists, so that no crash leaves one that nobody knows.
    folder.save(record);
    const child = launch(record, workload, runtime, context);
    const { id } = record;
    child.on('error', (error) => log('An instance could not be started', { instance: id, error: error.message }));
    own.add(id);
    child.on('exit', () => {
      own.delete(id);
      if (!closed) ended(id);
    });
    child.unref();
    const startTime = child.pid === undefined ? undefined : table.startTimeOf(child.pid);
    if (child.pid !== undefined && startTime !== undefined) record.process = { pid: child.pid, startTime };
    records.set(id, record);
    changed(record);
    tend(record);
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
    delays.forget(record.workload);
    changed(record);
  }

  function kill(record: InstanceRecord, reason: NonNullable<InstanceRecord['killedFor']>): void {
    if (closed || record.finished !== undefined) return;
    record.killedFor = reason;
    folder.save(record);
    if (record.process !== undefined) killTree(table, record.process);
  }

  function ended(id: InstanceId): void {
    const record = records.get(id);
    if (record === undefined || record.finished !== undefined) return;
    record.finished = outcomeOf(record, folder);
    record.phase = record.finished.succeeded ? 'Finished' : 'Failed';
    if (record.run === 'serve' && record.owner === undefined) delays.failed(record.workload);
    changed(record);
    reconcile(record.workload);
  }

  function drop(id: InstanceId): void {
    const record = records.get(id);
    if (record === undefined) return;
    records.delete(id);
    if (record.process !== undefined) killTree(table, record.process);
    folder.removal.take(id);
    storage.forget(record);
    changes.give(record.workload);
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
    if (!delays.mayStart(key, () => reconcile(key))) return;
    for (let count = 0; count < plan.spawn; count += 1) start(wanted, runtime);
  }

  function shrink(key: Key): void {
    const wanted = desired.get(keyText(key));
    if (wanted === undefined) return;
    const { workload, fingerprint } = wanted;
    desired.set(keyText(key), { workload: { ...workload, replicas: Math.max(0, workload.replicas - 1) }, fingerprint });
  }

  function runtimeOf(workload: Workload): RuntimeCommand | undefined {
    return workload.artifact.kind === 'runner' ? options.runtimes[workload.artifact.runtime] : undefined;
  }

  function sweep(): void {
    folder.removal.retry();
    for (const record of records.values()) {
      if (record.finished !== undefined) continue;
      if (!own.has(record.id) && (record.process === undefined || table.startTimeOf(record.process.pid) !== record.process.startTime)) {
        ended(record.id);
        continue;
      }
      if (record.phase === 'Starting' && record.run === 'serve') void checkReady(record);
      const broken = limitBroken(record, table);
      if (broken !== undefined) kill(record, broken);
      storage.look(record, () => {
        if (records.get(record.id) === record) kill(record, 'StorageExceeded');
      });
      for (const stream of streams) capLog(folder.pathOf(record.id, stream), options.maxLogBytes ?? defaultMaxLogBytes);
    }
  }

  for (const record of records.values()) {
    if (record.finished !== undefined) continue;
    record.process ??= findProcess(record, folder, table);
    tend(record);
  }
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
      maxBytes: options.maxLogBytes ?? defaultMaxLogBytes,
      createdAt: record.createdAt,
      now: () => clock.now(),
      isOver: () => record.finished !== undefined || !records.has(id) || closed,
    };
    const { lines, offsets } = readLog(source);
    for (const line of tailLines === undefined ? lines : lines.slice(Math.max(0, lines.length - tailLines))) {
      if (signal.aborted) return;
      yield line;
    }
    if (follow && !signal.aborted) yield* followLog(source, offsets, signal);
  }

  function close(): void {
    closed = true;
    clearInterval(sweeper);
    delays.close();
  }

  return {
    runs: new Set(['runner'] as const),
    honours: new Set(['env', 'memory', 'ephemeralStorage', 'deadlineSeconds'] as const),
    isolation: () => sandbox.isolation,
    apply: async (workload) => {
      if (runtimeOf(workload) === undefined) throw notRunnable(workload);
      desired.set(keyText(workload.key), { workload, fingerprint: fingerprintOf(workload) });
      reconcile(workload.key);
    },
    remove: async (key) => {
      desired.delete(keyText(key));
      delays.forget(key);
      reconcile(key);
    },
    list: async (owner) =>
      [...records.values()].map(toInstance).filter((instance) => owner === undefined || instance.owner?.uid === owner.uid),
    watch: changes.watch,
    adopt: async (id, owner, digest, { refill } = { refill: true }) => {
      const record = records.get(id);
      if (record === undefined || record.finished !== undefined)
        throw new WorkloadError('InstanceNotFound', `Instance "${id}" cannot be adopted: it is not running any more. Take another one.`);
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
      folder.removal.finish();
    },
    close,
  };
}

function fingerprintOf({ artifact, template, run }: Workload): string {
  return createHash('sha256')
    .update(JSON.stringify([artifact, template, run]))
    .digest('hex');
}

function notRunnable({ key, artifact }: Workload): WorkloadError {
  const what = artifact.kind === 'image' ? `the image ${artifact.ref}` : `the runtime "${artifact.runtime}"`;
  return new WorkloadError(
    'ArtifactNotRunnable',
    `${keyText(key)} cannot run: this host does not run ${what}. Use a supported runtime, or deploy to a cluster.`,
  );
}
