import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { CommandResult, Target } from '../targets/target.ts';

export interface FunctionOptions {
  name: string;
  namespace?: string;
  /** Folder below `e2e/functions`; `probe` by default. */
  source?: string;
  target?: string;
  /** `http` by default. */
  signature?: string;
  /** Beside `http`. */
  triggers?: Record<string, unknown>;
  /** Of `spec.serving`, beside what has a field here. */
  serving?: Record<string, unknown>;
  /** By default one of the target's own registry, which asks nobody who they are. */
  image?: string;
  /** Name of a Secret. */
  imageCredentials?: string;
  params?: Record<string, string>;
  scaleOptions?: Record<string, unknown>;
  annotations?: Record<string, string>;
  /** `spec.serving.triggers.http.route`. */
  route?: Record<string, unknown>;
  /** Of the container named `function`. */
  container?: Record<string, unknown>;
  /** Beside its containers. */
  template?: Record<string, unknown>;
}

/** A Function as a user writes it; its source comes from `ofn deploy`. */
export function manifest(target: Target, options: FunctionOptions): object {
  const { name, namespace = 'default', params, scaleOptions, annotations, container, template, route, imageCredentials } = options;
  return {
    apiVersion: 'core.openfunction.io/v1beta2',
    kind: 'Function',
    metadata: { name, namespace },
    spec: {
      version: 'v1.0.0',
      image: options.image ?? `${target.imagePrefix}/${namespace}-${name}:v1`,
      ...(imageCredentials === undefined ? {} : { imageCredentials: { name: imageCredentials } }),
      build: {
        builder: 'openfunction/builder-node:latest',
        env: { FUNC_NAME: options.target ?? 'probe', FUNC_TYPE: options.signature ?? 'http' },
      },
      serving: {
        triggers: { http: { port: 8080, ...(route === undefined ? {} : { route }) }, ...options.triggers },
        ...options.serving,
        ...(params === undefined ? {} : { params }),
        ...(scaleOptions === undefined ? {} : { scaleOptions }),
        ...(annotations === undefined ? {} : { annotations }),
        ...(container === undefined && template === undefined
          ? {}
          : { template: { ...template, containers: [{ name: 'function', ...container }] } }),
      },
    },
  };
}

/** Sends source and manifest with `ofn deploy`, and gives its result as it is. Scenarios decide themselves when an instance loads it first, unless it `isTried`. */
export async function tryDeploy(target: Target, options: FunctionOptions, { isTried } = { isTried: false }): Promise<CommandResult> {
  const folder = await mkdtemp(path.join(tmpdir(), 'ofn-e2e-'));
  try {
    const file = path.join(folder, 'function.json');
    await writeFile(file, JSON.stringify(manifest(target, options)));
    const source = path.resolve(import.meta.dirname, '../functions', options.source ?? 'probe');
    return await target.ofn(['deploy', source, '-f', file, ...(isTried ? [] : ['--no-check'])]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Deploys, and fails with what `ofn` said when it did not work. */
export async function deploy(target: Target, options: FunctionOptions): Promise<void> {
  const { code, stdout, stderr } = await tryDeploy(target, options);
  if (code !== 0) throw new Error(`ofn deploy ended with ${code}:\n${stdout}\n${stderr}`);
}

/** Deletes Functions, and waits until they are gone. */
export async function remove(target: Target, namespace: string, ...names: string[]): Promise<void> {
  await kubectl(
    target,
    'delete',
    'functions.core.openfunction.io',
    ...names,
    '-n',
    namespace,
    '--ignore-not-found',
    '--wait',
    '--timeout=60s',
  );
}

/** The output of kubectl; fails with what it said when it did not work. */
export async function kubectl(target: Target, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await target.kubectl(args);
  if (code !== 0) throw new Error(`kubectl ${args.join(' ')} ended with ${code}:\n${stderr}`);
  return stdout;
}

interface List {
  items: {
    metadata: {
      name: string;
      uid: string;
      labels?: Record<string, string>;
      deletionTimestamp?: string;
      ownerReferences?: { kind: string; uid: string }[];
    };
  }[];
}

/** Names of the instances that run a Function now. */
export async function instances(target: Target, namespace: string, name: string): Promise<string[]> {
  const list = async (kind: string, ...more: string[]): Promise<List['items']> =>
    (JSON.parse(await kubectl(target, 'get', kind, '-n', namespace, ...more, '-o', 'json')) as List).items;
  const servings = await list('servings.core.openfunction.io', '-l', `openfunction.io/function=${name}`);
  const uids = new Set(servings.map(({ metadata }) => metadata.uid));
  return (await list('pods'))
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .filter(
      ({ metadata }) =>
        uids.has(metadata.labels?.['openfunction.io/owner-uid'] ?? '') ||
        metadata.ownerReferences?.some(({ kind, uid }) => kind === 'Serving' && uids.has(uid)),
    )
    .map(({ metadata }) => metadata.name);
}
