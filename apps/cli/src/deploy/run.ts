import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { decodeManifests, type Client } from '@openfunction/client';
import { functionKind, type KubeObject, type OFunction } from '@openfunction/resources/nouns';
import { CommandError } from '../command-error.ts';
import type { Command, CommandContext } from '../command.ts';
import type { Connected } from '../connect/connect.ts';
import { externalUrl } from '../connect/external-url.ts';
import { advice } from '../describe/advice.ts';
import { exitCodes } from '../exit-codes.ts';
import { millisecondsOf } from '../milliseconds-of.ts';
import { onPlatform } from '../on-platform.ts';
import { kindNamed } from '../show/kind-named.ts';
import { progressLine, type ProgressLine } from '../show/progress-line.ts';
import { UsageError } from '../usage-error.ts';
import { follow } from './follow.ts';
import { planDeploy, withSource, type DeployOptions } from './plan.ts';
import { retryBuild } from './retry-build.ts';

const fieldManager = 'ofn';

export const run: Command['run'] = onPlatform({
  options: {
    filename: { type: 'string', short: 'f' },
    name: { type: 'string' },
    image: { type: 'string' },
    target: { type: 'string' },
    git: { type: 'string' },
    revision: { type: 'string' },
    'sub-path': { type: 'string' },
    'no-wait': { type: 'boolean', default: false },
    timeout: { type: 'string', default: '300' },
  },
  async asks({ values, positionals }, context) {
    const folder = folderOf(positionals, values, context);
    const manifest = await manifestOf(values.filename, folder, context);
    return { values, folder, manifest, timeoutMs: millisecondsOf(values.timeout) };
  },
  async run({ values, folder, manifest, timeoutMs }, platform, context) {
    const options: DeployOptions = {
      namespace: platform.namespace,
      ...(values.namespace === undefined ? {} : { onlyNamespace: values.namespace }),
      ...(values.name === undefined ? {} : { name: values.name }),
      ...(values.image === undefined ? {} : { image: values.image }),
      ...(values.target === undefined ? {} : { target: values.target }),
      ...(values.git === undefined ? {} : { git: { url: values.git, revision: values.revision, subPath: values['sub-path'] } }),
    };
    const { objects, fn } = planDeploy({
      manifest,
      options,
      ...(platform.ground.imagePrefix === undefined ? {} : { imagePrefix: platform.ground.imagePrefix }),
      ...(folder === undefined ? {} : { folder: path.basename(folder) }),
    });
    const whole = folder === undefined ? fn : await sent(fn, folder, platform, context);
    const applied = await applyAll(platform.client, [...objects.slice(0, -1), whole], platform.namespace, context);
    await retryBuild(platform.client, applied, context.signal);
    if (values['no-wait']) return exitCodes.done;
    return wait(applied, timeoutMs, platform, context);
  },
});

function folderOf(
  positionals: string[],
  { git, filename }: { git?: string; filename?: string },
  { cwd }: CommandContext,
): string | undefined {
  if (positionals.length > 1) throw new UsageError('Name one folder.');
  const [given] = positionals;
  if (given !== undefined && git !== undefined) throw new UsageError('A function is built from a folder or from --git, not from both.');
  if (given === undefined && git === undefined && filename === undefined)
    throw new UsageError('Say what to deploy: a folder, --git URL or -f MANIFEST.');
  if (given === undefined) return undefined;
  const folder = path.resolve(cwd, given);
  if (!existsSync(folder) || !statSync(folder).isDirectory()) throw new UsageError(`${folder} is not a folder.`);
  return folder;
}

async function manifestOf(filename: string | undefined, folder: string | undefined, { cwd }: CommandContext): Promise<KubeObject[]> {
  const beside = folder === undefined ? undefined : path.join(folder, 'function.yaml');
  const file = filename === undefined ? beside : path.resolve(cwd, filename);
  if (file === undefined || (filename === undefined && !existsSync(file))) return [];
  return decodeManifests(readFileSync(file, 'utf8'), path.basename(file));
}

async function sent(fn: OFunction, folder: string, { ground }: Connected, { stderr, signal }: CommandContext): Promise<OFunction> {
  const [{ packFolder }, { upload }] = await Promise.all([import('./pack-folder.ts'), import('./upload.ts')]);
  const tar = await packFolder(folder);
  stderr.write(`sending ${folder} (${Math.ceil(tar.length / 1024)} KiB) …\n`);
  const { image, imageCredentials } = fn.spec;
  const target = { image, namespace: fn.metadata.namespace ?? 'default', imageCredentials: imageCredentials?.name ?? '' };
  return withSource(fn, await upload(await ground.builder(signal), { target, tar, signal }));
}

async function applyAll(client: Client, objects: KubeObject[], namespace: string, { signal }: CommandContext): Promise<OFunction> {
  let last: KubeObject | undefined;
  for (const object of objects) {
    const kind = kindNamed(object.kind);
    const placed = kind.namespaced ? { ...object, metadata: { namespace, ...object.metadata } } : object;
    last = await client.apply(kind, placed, { fieldManager, force: true, signal });
  }
  return last as OFunction;
}

async function wait(fn: OFunction, timeoutMs: number, platform: Connected, context: CommandContext): Promise<number> {
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
    throw new CommandError(why.reason, `"${name}" is not ready: ${why.why}`, { exitCode: exitCodes.notReady, hint });
  }
  const url = externalUrl(await client.need(functionKind, { namespace, name }, { signal }));
  context.stderr.write(`"${name}" is ready.\n`);
  if (url !== undefined) context.stdout.write(`${ground.publicUrl(url).href}\n`);
  return exitCodes.done;
}

async function showing<T>({ stderr }: CommandContext, work: (line: ProgressLine) => Promise<T>): Promise<T> {
  using line = progressLine(stderr);
  return await work(line);
}
