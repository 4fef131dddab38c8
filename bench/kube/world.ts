import { spawn } from 'node:child_process';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { kubernetes } from '@openfunction/e2e/targets/kubernetes';
import { partSelector, platformNamespace } from '@openfunction/e2e/targets/kubernetes/pods';
import { outputOf } from '@openfunction/e2e/targets/run-command';
import { connectKube, kubeStore, kubeWorkloads, type KubeApi, type KubeWorkloads } from '@openfunction/kube';
import { registryArtifacts } from '@openfunction/oci';
import { functionKind, type OFunction } from '@openfunction/resources';
import type { Store } from '@openfunction/store';
import type { Result } from '../result.ts';

/** The platform on a real cluster, as its chart installs it. */
export interface World {
  api: KubeApi;
  store: Store;
  gateway: { host: string; port: number };
  registry: string;
  hostOf(name: string): string;
}

export const namespace = 'default';

/** Runs a benchmark inside the cluster's own network namespace, which alone reaches it. */
export async function onCluster(name: string, measure: (world: World) => Promise<Result[]>): Promise<Result[]> {
  const registry = process.env['OFN_CLUSTER_REGISTRY'];
  if (registry === undefined) return insideCluster(name);
  const { info, close } = await kubernetes.start();
  const api = await connectKube();
  const world: World = { api, store: kubeStore({ api }), gateway: info.gateway, registry, hostOf: (fn) => `${fn}.${namespace}.ofn.test` };
  try {
    return await measure(world);
  } catch (error) {
    await sayWhatThereIs();
    throw error;
  } finally {
    await deleteAll(world);
    await api.close();
    await close();
  }
}

/** For whoever is to find out why a benchmark did not end. */
async function sayWhatThereIs(): Promise<void> {
  for (const part of ['pod-pool', 'controller', 'gateway'])
    console.error(await outputOf('kubectl', ['logs', '-n', platformNamespace, '-l', partSelector(part), '--prefix', '--tail=20']));
  console.error(await outputOf('kubectl', ['get', 'pods,deployments', '-A']));
}

/** What runs in the namespace, as the platform sees it. */
export function watchInstances({ api }: World): KubeWorkloads {
  const runtimes = { node: { image: '' }, build: { image: '' } };
  return kubeWorkloads({ api, runtimes, namespaces: [namespace], onError: (error) => console.error('watching the instances', error) });
}

async function deleteAll({ store }: World): Promise<void> {
  for (const { metadata } of (await store.list(functionKind, { namespace })).items)
    await store.delete(functionKind, { namespace, name: metadata.name });
}

/** Puts an artifact under an image, for functions to run. */
export async function putArtifact({ registry }: World, name: string, code: string): Promise<string> {
  const image = `${registry}/bench/${name}:v1`;
  const manifest = { runtime: 'node' as const, format: 'cjs' as const, exports: ['hello'], entry: 'index.js' };
  await registryArtifacts({ plainHttp: [registry] }).put(image, { manifest, bundle: Buffer.from(code), assets: new Uint8Array() });
  return image;
}

export const helloCode = (name: string): string => `/* ${name} */ exports.hello = (req, res) => res.json({ hello: 'world' });`;

export function functionOf(name: string, image: string, serving: NonNullable<OFunction['spec']['serving']> = {}): OFunction {
  return {
    apiVersion: 'core.openfunction.io/v1beta2',
    kind: 'Function',
    metadata: { namespace, name },
    spec: {
      image,
      serving: { params: { FUNCTION_TARGET: 'hello', FUNCTION_SIGNATURE_TYPE: 'http' }, triggers: { http: { port: 8080 } }, ...serving },
    },
  };
}

export async function deploy(world: World, name: string, serving?: NonNullable<OFunction['spec']['serving']>): Promise<void> {
  await world.store.create(functionKind, functionOf(name, await putArtifact(world, name, helloCode(name)), serving));
  await until(`${name} is ready`, () => isReady(world, name));
}

export async function isReady({ store }: World, name: string): Promise<boolean> {
  const present = await store.get(functionKind, { namespace, name });
  return present?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
}

export async function until(what: string, isSo: () => Promise<boolean>, timeoutMs = 90_000): Promise<void> {
  for (const end = Date.now() + timeoutMs; !(await isSo());) {
    if (Date.now() > end) throw new Error(`Not within ${timeoutMs / 1000} s: ${what}.`);
    await pause(50);
  }
}

export function quantile(values: readonly number[], at: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Math.round((sorted[Math.min(sorted.length - 1, Math.ceil(at * sorted.length) - 1)] ?? 0) * 100) / 100;
}

/** A figure that must not be larger. */
export function atMost(name: string, value: number, most: number, given: { unit?: string; peer?: number } = {}): Result {
  const { unit = 'ms', peer = 0 } = given;
  return { name, value, unit, must: `<= ${most}`, peer, ratio: peer === 0 ? 0 : value / peer, ok: value <= most };
}

function insideCluster(name: string): Promise<Result[]> {
  const script = path.resolve(import.meta.dirname, '../../scripts/with-cluster.sh');
  const command = [process.execPath, '--conditions=@openfunction/source', path.join(import.meta.dirname, '../run.ts'), name, '--json'];
  return new Promise((resolve, reject) => {
    const child = spawn(script, command, { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.on('exit', (code) => {
      const last = output.trim().split('\n').at(-1) ?? '';
      if (code === 0) resolve((JSON.parse(last) as { results: Result[] }).results);
      else reject(new Error(`The benchmark ended with ${code}:\n${output}`));
    });
  });
}
