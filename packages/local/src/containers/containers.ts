import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { InstanceTemplate, Trouble, Workload } from '@openfunction/workload';
import { bytesBelow } from '../processes/disk-usage.ts';
import type { InstanceRecord } from '../processes/instance-record.ts';
import { readPart } from '../processes/read-part.ts';
import { askProbe } from './ask-probe.ts';
import { bundleConfig, type BundleInput } from './bundle.ts';
import { containerCommand, type Door } from './container-command.ts';
import type { ContainerPrograms } from './find-containers.ts';
import type { ImageFiles, ImageSource } from './image-source.ts';
import { overlayFolder, overlayWorks } from './overlay.ts';
import type { ProbeAnswer } from './prober.ts';
import type { Probe } from './probes.ts';
import { runInside } from './run-inside.ts';

/** A container could not be started. */
export class StartError extends Error {
  readonly trouble: Trouble;
  constructor(trouble: Trouble, cause: unknown) {
    super(trouble.message, { cause });
    this.name = 'StartError';
    this.trouble = trouble;
  }

  static from(error: unknown): StartError {
    if (error instanceof StartError) return error;
    const message = `The container cannot be made: ${sentenceOf(error)} See that the disk is not full.`;
    return new StartError({ code: 'ContainerNotCreated', message }, error);
  }
}

function sentenceOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** Runs images as rootless containers, with an OCI runtime that the machine has. */
export interface Containers {
  /** Brings the image and makes a container's files; the answer starts it. */
  prepare(record: InstanceRecord, workload: Workload): Promise<{ command: string; args: string[] }>;
  /** Asks a container how it is. */
  ask(record: InstanceRecord, probe: Probe): Promise<ProbeAnswer>;
  /** Of what was started in it beside its own program, and still runs. */
  beside(record: InstanceRecord): number[];
  /** Asks the program in it to end. */
  terminate(record: InstanceRecord): void;
  /** What was killed leaves the runtime's own notes behind. */
  forget(record: InstanceRecord): void;
}

export interface ContainersOptions {
  programs: ContainerPrograms;
  images: ImageSource;
  /** A folder of its own. */
  dir: string;
  /** What containers reach of this machine. */
  doors?: readonly Door[];
}

const run = promisify(execFile);
/** What the runtime and the forwarding take beside the program. */
// Where slirp4netns answers for the machine's own resolver.
const nameServer = Buffer.from('nameserver 10.0.2.3\n').toString('base64');
const helpersBytes = 96 * 2 ** 20;

export function containers({ programs, images, dir, doors = [] }: ContainersOptions): Containers {
  const state = join(dir, 'containers');
  mkdirSync(state, { recursive: true, mode: 0o700 });

  /** Found out with the first container, by trial in its own folder. */
  let isLayered: boolean | undefined;

  function tell(...args: string[]): void {
    const child = spawn(programs.runtime, ['--root', state, ...args], { stdio: 'ignore', env: {} });
    child.on('error', () => undefined).unref();
  }

  const commands = new Map<string, Set<number>>();

  /** The numbers of users in a container's own notes are those of the namespace that its mounts are in. */
  function runtimeOf({ box, imageRoot }: InstanceRecord): [string, ...string[]] {
    if (imageRoot === undefined || process.getuid?.() === 0) return [programs.runtime];
    const shell = readPart(join(box, 'bundle/shell'), { maxBytes: 20 }).bytes.toString().trim();
    return [programs.nsenter, '--target', shell, '--user', '--preserve-credentials', '--', programs.runtime];
  }

  async function runCommand(record: InstanceRecord, command: readonly string[], timeoutMs: number): Promise<ProbeAnswer> {
    const own = commands.get(record.id) ?? new Set<number>();
    commands.set(record.id, own);
    const started = new Set<number>();
    const pidFile = join(record.box, `bundle/command-${randomBytes(4).toString('hex')}`);
    const onStart = (pid: number): void => {
      started.add(pid);
      own.add(pid);
    };
    const answer = await runInside({ runtime: runtimeOf(record), state, id: record.id, command, timeoutMs, pidFile, onStart });
    for (const pid of started) own.delete(pid);
    if (own.size === 0) commands.delete(record.id);
    return answer;
  }

  return {
    prepare: async (record, { key, artifact, template }) => {
      const ref = artifact.kind === 'image' ? artifact.ref : '';
      const image = await images.pull(ref, { namespace: key.namespace, secrets: template.pullSecrets ?? [] }).catch((cause: unknown) => {
        throw new StartError({ code: 'ImagePullFailed', message: `The image "${ref}" cannot be pulled: ${sentenceOf(cause)}` }, cause);
      });
      const bundle = join(record.box, 'bundle');
      mkdirSync(bundle, { recursive: true, mode: 0o700 });
      mkdirSync(join(record.box, 'run'), { recursive: true, mode: 0o700 });
      isLayered ??= overlayWorks(programs, bundle, process.getuid?.() === 0);
      if (isLayered) shareImage(record, image, bundle);
      else await run('/bin/cp', ['-a', image.root, join(bundle, 'root')]);
      const resolver = programs.slirp === undefined ? [] : [{ path: '/etc/resolv.conf', content: nameServer }];
      const mounts = writeFiles(join(record.box, 'files'), [...resolver, ...(template.files ?? [])]);
      // In a namespace for its mounts the platform's user is root already.
      const [uid, gid] = isLayered ? [0, 0] : [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
      const config = bundleConfig({ id: record.id, image: image.config, template, uid, gid, user: image.user, mounts });
      writeFileSync(join(bundle, 'config.json'), JSON.stringify(config), { mode: 0o600 });
      const sockets = { traffic: join(record.box, 'run/traffic.sock'), control: join(record.box, 'run/control.sock') };
      // What the image brings is nothing that its program wrote.
      if (record.storageBytes !== undefined && !isLayered) record.storageBytes += await bytesBelow(record.box, Infinity);
      if (record.memoryBytes !== undefined) record.memoryBytes += helpersBytes;
      return containerCommand({ programs, id: record.id, state, bundle, sockets, template, isLayered, doors });
    },
    ask: (record, probe) =>
      probe.target.kind === 'exec'
        ? runCommand(record, probe.target.command, probe.timeoutMs)
        : askProbe(join(record.box, 'run/control.sock'), probe),
    beside: ({ id }) => [...(commands.get(id) ?? [])],
    terminate: ({ id }) => tell('kill', id, 'TERM'),
    forget: ({ id }) => tell('delete', '--force', id),
  };
}

/** Written down before it is used, so that the image stays as long as the container. */
function shareImage(record: InstanceRecord, { root }: ImageFiles, bundle: string): void {
  record.imageRoot = root;
  overlayFolder(bundle, root);
}

/** The files that are mounted into the container, each by itself: what the image has beside them stays. */
function writeFiles(folder: string, files: NonNullable<InstanceTemplate['files']>): BundleInput['mounts'] {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return files.map(({ path, content }, index) => {
    const outside = join(folder, String(index));
    if (content === undefined) mkdirSync(outside, { recursive: true });
    else writeFileSync(outside, Buffer.from(content, 'base64'));
    // For whatever user the image has; outside, the folder around it is closed.
    chmodSync(outside, content === undefined ? 0o777 : 0o644);
    return { outside, inside: path, isFolder: content === undefined };
  });
}
