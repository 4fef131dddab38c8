import path from 'node:path';
import { functionKind, type KubeObject, type OFunction } from '@openfunction/resources/nouns';
import { CommandError } from '../command-error.ts';
import type { CommandContext } from '../command.ts';
import type { Connected } from '../connect/connect.ts';
import { externalUrl } from '../connect/external-url.ts';
import { advice } from '../describe/advice.ts';
import { exitCodes } from '../exit-codes.ts';
import { asWritten } from '../show/as-written.ts';
import { kindNamed } from '../show/kind-named.ts';
import { progressLine, type ProgressLine } from '../show/progress-line.ts';
import { follow } from './follow.ts';
import { planDeploy, withSource, type DeployOptions } from './plan.ts';
import { retryBuild } from './retry-build.ts';
import { sayWhere } from './say-where.ts';

/** What is deployed, and how far that is followed. */
export interface Deployment {
  options: DeployOptions;
  manifest: KubeObject[];
  /** Absolute; its content is what is built. */
  folder?: string;
  isAwaited: boolean;
  timeoutMs: number;
}

const fieldManager = 'ofn';

/** Applies a function and, when it is asked to, waits until it is ready; throws what keeps it from that. */
export async function deployOnce(given: Deployment, platform: Connected, context: CommandContext): Promise<void> {
  const { folder } = given;
  const { objects, fn } = planned(given, platform);
  const whole = folder === undefined ? fn : await sent(fn, folder, platform, context);
  const applied = await applyAll([...objects.slice(0, -1), whole], platform, { signal: context.signal });
  await retryBuild(platform.client, applied, context.signal);
  if (given.isAwaited) await wait(applied, given, platform, context);
}

/** What would be applied, as the API would store it; nothing is sent or changed. */
export async function dryRun(given: Deployment, platform: Connected, { stdout, signal }: CommandContext): Promise<void> {
  const { objects, fn } = planned(given, platform);
  const whole = given.folder === undefined ? fn : withSource(fn, fn.spec.image);
  const shown: KubeObject[] = [];
  const collect = (object: KubeObject): void => void shown.push(object);
  await applyAll([...objects.slice(0, -1), whole], platform, { dryRun: true, signal, onApplied: collect });
  const { stringify } = await import('yaml');
  stdout.write(shown.map((object) => stringify(asWritten(object))).join('---\n'));
}

function planned({ options, manifest, folder }: Deployment, { namespace, ground }: Connected): ReturnType<typeof planDeploy> {
  return planDeploy({
    manifest,
    options: { ...options, namespace },
    ...(ground.imagePrefix === undefined ? {} : { imagePrefix: ground.imagePrefix }),
    ...(folder === undefined ? {} : { folder: path.basename(folder) }),
  });
}

async function sent(fn: OFunction, folder: string, { ground }: Connected, { stderr, signal }: CommandContext): Promise<OFunction> {
  const [{ packFolder }, { upload }] = await Promise.all([import('./pack-folder.ts'), import('./upload.ts')]);
  const tar = await packFolder(folder);
  stderr.write(`sending ${folder} (${Math.ceil(tar.length / 1024)} KiB) …\n`);
  return withSource(fn, await upload(await ground.builder(signal), { image: fn.spec.image, tar, signal }));
}

interface Applying {
  dryRun?: boolean;
  signal: AbortSignal;
  onApplied?: (object: KubeObject) => void;
}

async function applyAll(objects: KubeObject[], { client, namespace }: Connected, { onApplied, ...options }: Applying): Promise<OFunction> {
  let last: KubeObject | undefined;
  for (const object of objects) {
    const kind = kindNamed(object.kind);
    const placed = kind.namespaced ? { ...object, metadata: { namespace, ...object.metadata } } : object;
    last = await client.apply(kind, placed, { fieldManager, force: true, ...options });
    onApplied?.(last);
  }
  return last as OFunction;
}

async function wait(fn: OFunction, { folder, timeoutMs }: Deployment, platform: Connected, context: CommandContext): Promise<void> {
  const { client, ground } = platform;
  const { signal } = context;
  const { name, namespace = '' } = fn.metadata;
  const progress = await showing(context, (line) => follow({ client, fn, timeoutMs, line, signal, builder: () => ground.builder(signal) }));
  if (progress.is === 'build-failed') {
    throw new CommandError(progress.reason, `The build of "${name}" failed: ${progress.why}`, {
      exitCode: exitCodes.buildFailed,
      hint: advice(progress.reason, name, 'Correct the source, and deploy it again.'),
    });
  }
  if (progress.is !== 'ready') {
    const why = progress.is === 'not-ready' ? progress : { reason: 'NotReady', why: '' };
    const hint = advice(why.reason, name, `"ofn describe ${name}" says how far it is, and what is wrong.`);
    throw new CommandError(why.reason, `"${name}" is not ready: ${await sayWhere(why.why, folder, fn)}`, {
      exitCode: exitCodes.notReady,
      hint,
    });
  }
  const url = externalUrl(await client.need(functionKind, { namespace, name }, { signal }));
  context.stderr.write(`"${name}" is ready.\n`);
  if (url !== undefined) context.stdout.write(`${ground.publicUrl(url).href}\n`);
}

async function showing<T>({ stderr }: CommandContext, work: (line: ProgressLine) => Promise<T>): Promise<T> {
  using line = progressLine(stderr);
  return await work(line);
}
