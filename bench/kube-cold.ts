import { spawn } from 'node:child_process';
import { createPrivateKey } from 'node:crypto';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { kubernetes } from '@openfunction/e2e/targets/kubernetes';
import { connectKube, kubeStore, kubeWorkloads, type KubeApi, type KubeWorkloads } from '@openfunction/kube';
import { registryArtifacts } from '@openfunction/oci';
import { functionKind, secretKind, type OFunction } from '@openfunction/resources';
import type { Store } from '@openfunction/store';
import { expectHello, firstByte, get } from './cold/first-byte.ts';
import { loadRunner } from './kube-cold/load-runner.ts';
import { writesSince } from './kube-cold/audit.ts';
import { deploymentFromZero } from './kube-cold/deployment-from-zero.ts';
import type { Result } from './result.ts';

const count = 50;
const floorCount = 20;
const auditedCount = 10;
const namespace = 'default';
const poolSize = 3;
const settleMs = 700;

interface World {
  api: KubeApi;
  store: Store;
  workloads: KubeWorkloads;
  gateway: { host: string; port: number };
  domain: string;
  registry: string;
}

const codeOf = (name: string): Buffer => Buffer.from(`/* ${name} */ exports.hello = (req, res) => res.json({ hello: 'world' });`);
const nameOf = (index: number): string => `cold-${index}`;

/** First requests of functions that were never loaded, on a real cluster: beside the runner loaded directly, and a Deployment from zero. */
export async function run(_options: { json: boolean }): Promise<Result[]> {
  // A cluster of our own is reached from inside its network namespace only.
  if (process.env['OFN_CLUSTER_REGISTRY'] === undefined) return insideCluster();
  const { info, close } = await kubernetes.start();
  const api = await connectKube();
  const registry = process.env['OFN_CLUSTER_REGISTRY'];
  const workloads = kubeWorkloads({ api, runtimes: { node: { image: '' }, build: { image: '' } }, namespaces: [namespace] });
  const world: World = { api, store: kubeStore({ api }), workloads, gateway: info.gateway, domain: 'ofn.test', registry };
  try {
    return await measure(world);
  } finally {
    for (let index = 0; index < count; index++) await world.store.delete(functionKind, { namespace, name: nameOf(index) });
    workloads.close();
    await api.close();
    await close();
  }
}

async function measure(world: World): Promise<Result[]> {
  const artifacts = registryArtifacts({ plainHttp: [world.registry] });
  for (let index = 0; index < count; index++) await deploy(world, artifacts, nameOf(index));
  const key = createPrivateKey(await ticketKey(world.store));
  const times: number[] = [];
  const floors: number[] = [];
  const [before, after]: [number[], number[]] = [[], []];
  for (let index = 0; index < count; index++) {
    if (index < floorCount) floors.push(await floor(world, key));
    await quiet(world);
    const began = Date.now();
    times.push(await hello(world.gateway, `${nameOf(index)}.${namespace}.${world.domain}`));
    const answered = Date.now();
    if (index < auditedCount) {
      await pause(answered + 5_000 - Date.now() + 300);
      const writes = writesSince(process.env['OFN_CLUSTER_AUDIT_LOG'] ?? '', began).filter(({ at }) => at <= answered + 5_000);
      before.push(writes.filter(({ at }) => at < answered).length);
      after.push(writes.length);
      console.error(index, writes.map(({ at, verb, what }) => `+${at - began} ms ${verb} ${what}`).join(', '));
    }
    // Until its claim was recorded the instance looks as if it were still to be had.
    await until('the claim is recorded', async () => (await world.workloads.list()).some(({ owner }) => owner !== undefined));
    await world.store.delete(functionKind, { namespace, name: nameOf(index) });
  }
  const peers = await deploymentFromZero(world.store, namespace);
  return results({ times, floors, peers, before, after });
}

function results(of: { times: number[]; floors: number[]; peers: number[]; before: number[]; after: number[] }): Result[] {
  const least = (name: string, value: number, most: number, peer: number, unit = 'ms'): Result => ({
    name,
    value,
    unit,
    must: `<= ${most}`,
    peer,
    ratio: peer === 0 ? 0 : value / peer,
    ok: value <= most,
  });
  return [
    least('p50, peer: runner pod loaded directly', quantile(of.times, 0.5), 10, quantile(of.floors, 0.5)),
    least('p95, peer: runner pod loaded directly', quantile(of.times, 0.95), 25, quantile(of.floors, 0.95)),
    { ...least('p50, peer: Deployment 0 -> 1', quantile(of.times, 0.5), 10, quantile(of.peers, 0.5)) },
    least('API writes before the first byte, most of 10', Math.max(...of.before), 0, 0, 'writes'),
    least('API writes until 5 s after it, most of 10', Math.max(...of.after), 3, 0, 'writes'),
  ];
}

async function deploy(world: World, artifacts: ReturnType<typeof registryArtifacts>, name: string): Promise<void> {
  const image = `${world.registry}/bench/${name}:v1`;
  const manifest = { runtime: 'node' as const, format: 'cjs' as const, exports: ['hello'], entry: 'index.js' };
  await artifacts.put(image, { manifest, bundle: codeOf(name), assets: new Uint8Array() });
  const fn: OFunction = {
    apiVersion: 'core.openfunction.io/v1beta2',
    kind: 'Function',
    metadata: { namespace, name },
    spec: { image, serving: { params: { FUNCTION_TARGET: 'hello', FUNCTION_SIGNATURE_TYPE: 'http' }, triggers: { http: { port: 8080 } } } },
  };
  await world.store.create(functionKind, fn);
  await until(`${name} is ready`, async () => {
    const present = await world.store.get(functionKind, { namespace, name });
    return present?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
  });
}

/** Until the pool is full, nothing of what was measured is left, and all has stood still for a moment. Recent claims make the pool larger. */
async function quiet(world: World): Promise<void> {
  let before = '';
  await until('the pool is full and quiet', async () => {
    const present = await world.workloads.list();
    const isFull = present.length >= poolSize && present.every(({ phase, owner }) => phase === 'Ready' && owner === undefined);
    const now = isFull
      ? present
          .map(({ id }) => id)
          .toSorted()
          .join()
      : '';
    const isStill = now !== '' && now === before;
    before = now;
    if (!isStill) await pause(settleMs);
    return isStill;
  });
}

/** A warm instance of the same pool, loaded and called without scheduler and gateway. */
async function floor(world: World, key: ReturnType<typeof createPrivateKey>): Promise<number> {
  await quiet(world);
  const instance = (await world.workloads.list()).find(({ phase }) => phase === 'Ready');
  if (instance?.endpoints?.traffic.kind !== 'tcp') throw new Error('There is no warm instance.');
  const began = performance.now();
  await loadRunner(instance, codeOf('floor'), key);
  const loaded = performance.now() - began;
  const elapsed = loaded + (await hello(instance.endpoints.traffic, 'floor'));
  await world.workloads.destroy(instance.id);
  return elapsed;
}

async function hello(to: { host: string; port: number }, host: string): Promise<number> {
  const answer = await firstByte({ host: to.host, port: to.port }, get(host));
  expectHello(answer);
  return answer.ms;
}

async function ticketKey(store: Store): Promise<string> {
  const secret = await store.get(secretKind, { namespace: 'openfunction', name: 'ticket-key' });
  return Buffer.from(secret?.data?.['ticket.key'] ?? '', 'base64').toString();
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 90_000; !(await isSo());) {
    if (Date.now() > end) throw new Error(`Not within 90 s: ${what}.`);
    await pause(50);
  }
}

function quantile(values: number[], at: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Math.round((sorted[Math.min(sorted.length - 1, Math.ceil(at * sorted.length) - 1)] ?? 0) * 100) / 100;
}

function insideCluster(): Promise<Result[]> {
  const script = path.resolve(import.meta.dirname, '../scripts/with-cluster.sh');
  const command = [process.execPath, '--conditions=@openfunction/source', path.join(import.meta.dirname, 'run.ts'), 'kube-cold', '--json'];
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
