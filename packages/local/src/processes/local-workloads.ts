import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, realpathSync } from 'node:fs';
import { setTimeout as setTimer } from 'node:timers/promises';
import { keyText, type Key } from '@openfunction/resources';
import {
  planInstances,
  WorkloadError,
  type InstanceId,
  type LogLine,
  type LogsOptions,
  type Workload,
  type Workloads,
} from '@openfunction/workload';
import { containerStarts } from '../containers/container-starts.ts';
import { containers } from '../containers/containers.ts';
import { limitsCpu } from '../containers/cpu.ts';
import type { Door } from '../containers/container-command.ts';
import { findContainers } from '../containers/find-containers.ts';
import { prober } from '../containers/prober.ts';
import type { ImageSource } from '../containers/image-source.ts';
import { fingerprintOf } from './fingerprint.ts';
import { hints } from './hints.ts';
import { honours } from './honours.ts';
import { capLog, linesOf, streams, type LogSource } from './instance-log.ts';
import { newRecord, recordFolder, type InstanceRecord } from './instance-record.ts';
import { keptLogs } from './kept-logs.ts';
import { boxOf, findProcess, launch, toInstance, type LaunchContext, type RuntimeCommand } from './launch.ts';
import { limitBroken } from './limits.ts';
import { outcomeOf } from './outcome.ts';
import { killTree, processTable } from './process-table.ts';
import { readiness } from './readiness.ts';
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
  /** Where images come from; without it none is run. */
  images?: ImageSource;
  /** What instances of images reach of this machine, whose network they do not see. */
  doors?: readonly Door[];
  /** Of each of stdout and stderr, twice: the present file and the one before; default 5 MiB. */
  maxLogBytes?: number;
}

export interface LocalWorkloads extends Workloads {
  isolation(): Isolation;
  /** What is missing to run images, and what to do; undefined when they run. */
  imagesMissing(): string | undefined;
  /** The folders of images that instances need now. */
  imagesInUse(): ReadonlySet<string>;
  /** Ends every instance. */
  shutdown(): Promise<void>;
  /** Lets go of the instances, which run on; another driver over the same folder finds them. */
  close(): void;
}

const sweepMs = 1000;
/** What waits in a pool runs no code of a function, so it is looked at only every so many sweeps: looking is most of what waiting costs. */
const stockSweeps = 5;
const containerPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const defaultMaxLogBytes = 5 * 2 ** 20;

/** Runs instances as processes of this machine, which outlive the process that started them. */
export function localWorkloads(options: LocalWorkloadsOptions): LocalWorkloads {
  const clock = options.clock ?? Date;
  const log = options.log ?? (() => {});
  const table = processTable(process.platform);
  const sandbox = openSandbox(options.sandbox, options.searchPath ?? '/usr/local/bin:/usr/bin:/bin');
  const found = findContainers(process.platform, options.searchPath ?? containerPath);
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
  const kept = keptLogs(dir, folder, () => clock.now());
  /** Started by this process, which is told of their end. */
  const own = new Set<InstanceId>();
  const storage = storageWatch(() => clock.now());
  let closed = false;
  const runsContainers =
    options.images === undefined || !('programs' in found)
      ? undefined
      : containers({ ...found, images: options.images, dir, ...(options.doors === undefined ? {} : { doors: options.doors }) });
  const starts =
    runsContainers === undefined
      ? undefined
      : containerStarts({
          containers: runsContainers,
          folder,
          isWanted: (record) => !closed && records.get(record.id) === record,
          onStart: follow,
          onChange: changed,
        });

  const ready = readiness({
    isStarting: (record) => !closed && records.get(record.id) === record && record.phase === 'Starting',
    onReady: isReady,
  });
  const probing = prober({
    isWatched: (record) =>
      !closed &&
      records.get(record.id) === record &&
      record.finished === undefined &&
      record.going !== true &&
      record.killedFor === undefined,
    ask: (record, probe) => runsContainers?.ask(record, probe) ?? Promise.resolve({ isGood: false, said: 'images do not run here' }),
    onStarted: (record) => {
      record.hasStarted = true;
      folder.save(record);
    },
    onReady: isReady,
    onUnready: isUnready,
    onUnhealthy: (record, why) => {
      record.complaint = why;
      kill(record, 'Unhealthy');
    },
    now: () => clock.now(),
    sleep: (ms) => setTimer(ms, undefined, { ref: false }),
  });

  function isReady(record: InstanceRecord): void {
    record.phase = 'Ready';
    delays.forget(record.workload);
    changed(record);
    if (record.plain === true) forgetFailures(record.workload);
  }

  function isUnready(record: InstanceRecord): void {
    record.phase = 'Starting';
    changed(record);
  }

  function changed(record: InstanceRecord): void {
    folder.save(record);
    changes.give(record.workload);
  }

  function start(wanted: { workload: Workload; fingerprint: string }): void {
    const { workload } = wanted;
    const record = newRecord(wanted, { id: randomBytes(5).toString('hex'), createdAt: clock.now() });
    record.box = boxOf(record.id, context);
    // Written before the process exists, so that no crash leaves one that nobody knows.
    folder.save(record);
    records.set(record.id, record);
    const runtime = runtimeOf(workload);
    if (runtime !== undefined) return follow(record, launch(record, workload, runtime, context));
    changes.give(record.workload);
    void starts?.start(record, workload);
  }

  function follow(record: InstanceRecord, child: ChildProcess): void {
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
    record.startedAt = clock.now();
    changed(record);
    tend(record);
  }

  /** What an instance needs until it is ready or over, whether it was started here or found. */
  function tend(record: InstanceRecord): void {
    if (record.deadlineAt !== undefined)
      setTimeout(() => kill(record, 'DeadlineExceeded'), Math.max(0, record.deadlineAt - clock.now())).unref();
    if (record.plain !== true) ready.follow(record);
    else if (record.probes !== undefined) probing.follow(record, record.probes);
  }

  /** What failed is kept to say why, until that is of no interest any more. */
  function forgetFailures(key: Key): void {
    for (const { id, plain, finished, workload } of records.values())
      if (plain === true && finished !== undefined && keyText(workload) === keyText(key)) drop(id);
  }

  function kill(record: InstanceRecord, reason: NonNullable<InstanceRecord['killedFor']>): void {
    if (closed || record.finished !== undefined) return;
    record.killedFor = reason;
    folder.save(record);
    // What is unhealthy may end well, if it can; what takes too much may not.
    if (reason === 'Unhealthy') askToEnd(record);
    else if (record.process !== undefined) killTree(table, record.process);
  }

  function askToEnd(record: InstanceRecord): void {
    if (record.phase === 'Ready') isUnready(record);
    runsContainers?.terminate(record);
    setTimeout(() => {
      if (!closed && record.finished === undefined && record.process !== undefined) killTree(table, record.process);
    }, record.graceMs).unref();
  }

  function ended(id: InstanceId): void {
    const record = records.get(id);
    if (record === undefined || record.finished !== undefined) return;
    if (record.going === true) return drop(id);
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
    if (record.plain === true) runsContainers?.forget(record);
    kept.keep(record);
    folder.removal.take(id);
    storage.forget(record);
    changes.give(record.workload);
  }

  /** What serves by itself is asked to end, and counts no more from then on. */
  function end(id: InstanceId): void {
    const record = records.get(id);
    if (record?.plain !== true || record.process === undefined || record.finished !== undefined) return drop(id);
    record.going = true;
    changed(record);
    runsContainers?.terminate(record);
    setTimeout(() => {
      if (!closed) drop(id);
    }, record.graceMs).unref();
  }

  function reconcile(key: Key): void {
    if (closed) return;
    const wanted = desired.get(keyText(key));
    const present = [...records.values()]
      .filter((record) => record.going !== true && keyText(record.workload) === keyText(key))
      .map((record) => ({ ...record, adopted: record.owner !== undefined }));
    const plan = planInstances(wanted, present);
    for (const id of plan.destroy) end(id);
    if (wanted?.workload.replicas === 0) forgetFailures(key);
    if (wanted === undefined || plan.spawn === 0 || !delays.mayStart(key, () => reconcile(key))) return;
    for (let count = 0; count < plan.spawn; count += 1) start(wanted);
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

  let sweeps = 0;
  function sweep(): void {
    sweeps += 1;
    folder.removal.retry();
    for (const record of records.values()) {
      if (record.finished !== undefined || starts?.isPreparing(record.id) === true) continue;
      if (!own.has(record.id) && (record.process === undefined || table.startTimeOf(record.process.pid) !== record.process.startTime)) {
        ended(record.id);
        continue;
      }
      if (record.phase === 'Starting' && record.run === 'serve' && record.plain !== true) void ready.check(record);
      if (isStock(record) && sweeps % stockSweeps !== 0) continue;
      const broken = limitBroken(record, table, runsContainers?.beside(record) ?? []);
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
    // Who prepared it is gone, or it was on its way out.
    if (record.plain === true && (record.process === undefined || record.going === true)) drop(record.id);
    else if (record.killedFor !== undefined && record.process !== undefined) killTree(table, record.process);
    else tend(record);
  }
  sweep();
  const sweeper = setInterval(sweep, sweepMs).unref();

  /** Where the log of an instance lies that runs, or that is no more. */
  function logOf(id: InstanceId, previous: boolean): LogSource | undefined {
    const record = records.get(id);
    const common = { maxBytes: options.maxLogBytes ?? defaultMaxLogBytes, now: () => clock.now() };
    if (record !== undefined && !previous) {
      const isOver = (): boolean => record.finished !== undefined || !records.has(id) || closed;
      return { ...common, pathOf: (stream) => folder.pathOf(id, stream), createdAt: record.createdAt, isOver };
    }
    const ended = previous ? kept.newestOf(record?.owner?.uid ?? '') : kept.find(id);
    if (ended === undefined) return undefined;
    return { ...common, pathOf: (stream) => kept.pathOf(ended.id, stream), createdAt: ended.createdAt, isOver: () => true };
  }

  async function* logs(id: InstanceId, { previous = false, ...how }: LogsOptions): AsyncGenerator<LogLine> {
    const source = logOf(id, previous);
    if (source !== undefined) return yield* linesOf(source, how);
    throw new WorkloadError(
      'InstanceNotFound',
      previous
        ? `No instance before "${id}" has a log that is kept: a hundred are, for a day.`
        : `There is no instance "${id}", so there is no log of it. It was destroyed long ago or never existed.`,
    );
  }

  function close(): void {
    closed = true;
    clearInterval(sweeper);
    delays.close();
  }

  return {
    runs: new Set<Workload['artifact']['kind']>(starts === undefined ? ['runner'] : ['runner', 'image']),
    honours: honours({ runContainers: starts !== undefined, limitCpu: limitsCpu() }),
    isolation: () => sandbox.isolation,
    imagesMissing: () => ('missing' in found ? found.missing : undefined),
    imagesInUse: () => new Set(records.values().flatMap(({ imageRoot }) => (imageRoot === undefined ? [] : [imageRoot]))),
    apply: async (workload) => {
      const isContainer = workload.artifact.kind === 'image' && workload.template.port !== undefined && starts !== undefined;
      if (runtimeOf(workload) === undefined && !isContainer) throw notRunnable(workload);
      desired.set(keyText(workload.key), { workload, fingerprint: fingerprintOf(workload) });
      reconcile(workload.key);
    },
    remove: async (key) => {
      desired.delete(keyText(key));
      delays.forget(key);
      reconcile(key);
    },
    list: async (owner) =>
      [...records.values()]
        .filter(({ going }) => going !== true)
        .map(toInstance)
        .filter((instance) => owner === undefined || instance.owner?.uid === owner.uid),
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

function notRunnable({ key, artifact }: Workload): WorkloadError {
  const what = artifact.kind === 'image' ? `the image ${artifact.ref}` : `the runtime "${artifact.runtime}"`;
  return new WorkloadError(
    'ArtifactNotRunnable',
    `${keyText(key)} cannot run: this host does not run ${what}. Use a supported runtime, or deploy to a cluster.`,
  );
}

function isStock({ run, plain, owner, phase }: InstanceRecord): boolean {
  return run === 'serve' && plain !== true && owner === undefined && phase === 'Ready';
}
