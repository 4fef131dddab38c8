import { spawn, type ChildProcess } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { memoryArtifacts } from '@openfunction/artifact';
import type { ConnectRequest, ConnectResponse } from '@openfunction/protocol';
import { manualClock } from '@openfunction/reconcile';
import { servingKind, type Key, type Serving } from '@openfunction/resources';
import { memoryStore } from '@openfunction/store';
import type { Instance, Workloads } from '@openfunction/workload';
import { afterEach, expect, it, vi } from 'vitest';
import { outbox } from './gateways/outbox.ts';
import { startPodPool } from './scheduler.ts';

const runnerEntry = fileURLToPath(new URL('../../framework-node/src/runner/main.ts', import.meta.url));
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

/** Instances that are processes of this machine. */
function processWorkloads(): Workloads & { instances: Map<string, Instance> } {
  const root = mkdtempSync(path.join(tmpdir(), 'ofn-pool-'));
  const instances = new Map<string, Instance>();
  const children = new Map<string, ChildProcess>();
  const changes = outbox<Key>();
  let made = 0;
  ends.push(() => {
    for (const child of children.values()) child.kill('SIGKILL');
    rmSync(root, { recursive: true, force: true });
  });
  const start = async (key: Key, env: Record<string, string>): Promise<void> => {
    const id = `i${(made += 1)}`;
    const [control, traffic] = [path.join(root, `${id}-c.sock`), path.join(root, `${id}-t.sock`)];
    const endpoints = { control: { kind: 'unix', path: control }, traffic: { kind: 'unix', path: traffic } } as const;
    const instance: Instance = { id, workload: key, namespace: key.namespace, phase: 'Starting', endpoints, createdAt: made };
    instances.set(id, instance);
    const child = spawn(process.execPath, ['--conditions=@openfunction/source', runnerEntry], {
      env: {
        ...env,
        OFN_INSTANCE_ID: id,
        OFN_CONTROL: `unix:${control}`,
        OFN_TRAFFIC: `unix:${traffic}`,
        OFN_WORK_DIR: path.join(root, id),
      },
      stdio: 'ignore',
    });
    children.set(id, child);
    await vi.waitUntil(() => existsSync(control), { timeout: 20_000 });
    instance.phase = 'Ready';
    changes.push(key);
  };
  return {
    instances,
    runs: new Set(['runner']),
    honours: new Set(['env']),
    apply: async ({ key, replicas, template }) => {
      const present = [...instances.values()].filter((one) => one.owner === undefined).length;
      for (let at = present; at < replicas; at += 1) void start(key, template.env ?? {});
    },
    remove: async () => {},
    list: async () => [...instances.values()].map((one) => ({ ...one })),
    watch: (signal) => changes.read(signal),
    adopt: async (id, owner, digest) => void Object.assign(instances.get(id)!, { owner, digest }),
    destroy: async (id) => {
      children.get(id)?.kill('SIGKILL');
      instances.delete(id);
    },
    logs: async function* () {},
  };
}

async function pool(
  code: string,
  scaleOptions: Serving['spec']['scaleOptions'] = {},
): Promise<{
  workloads: ReturnType<typeof processWorkloads>;
  store: ReturnType<typeof memoryStore>;
  clock: ReturnType<typeof manualClock>;
  start: () => ReturnType<typeof startPodPool>;
}> {
  const workloads = processWorkloads();
  const artifacts = memoryArtifacts();
  const bundle = Buffer.from(code);
  await artifacts.put('registry.test/a:1', {
    manifest: { runtime: 'node', format: 'cjs', exports: ['hello'], target: 'hello', signature: 'http', entry: 'index.js' },
    bundle,
    assets: new Uint8Array(),
  });
  const store = memoryStore();
  await store.create(servingKind, {
    apiVersion: 'core.openfunction.io/v1beta2',
    kind: 'Serving',
    metadata: { namespace: 'default', name: 'a' },
    spec: {
      image: 'registry.test/a:1',
      scaleOptions,
      params: { N: 3 },
      template: { containers: [{ name: 'function', env: [{ name: 'GREETING', value: 'hi' }] }] },
    },
  });
  const keys = generateKeyPairSync('ed25519');
  const clock = manualClock(Date.now());
  const start = (): ReturnType<typeof startPodPool> => {
    const started = startPodPool({
      store,
      workloads,
      artifacts,
      clock,
      privateKey: keys.privateKey,
      publicKeyText: keys.publicKey.export({ format: 'jwk' }).x ?? '',
      poolSize: 1,
      log: () => {},
    });
    ends.push(() => started.close());
    return started;
  };
  return { workloads, store, clock, start };
}

async function stateWhere(
  service: ReturnType<typeof startPodPool>['service'],
  is: (state: { verified: boolean; proven: boolean }) => boolean,
): Promise<unknown> {
  const over = new AbortController();
  for await (const { state } of service.watchServings({}, over.signal)) if (state !== undefined && is(state)) return state;
  return undefined;
}

async function demand(service: ReturnType<typeof startPodPool>['service']): Promise<ConnectResponse | undefined> {
  const over = new AbortController();
  ends.push(() => over.abort());
  const requests = outbox<ConnectRequest>();
  requests.push({ hello: { gatewayId: 'g', held: [] } });
  requests.push({ demand: { serving: 'default/a', waiting: 1 } });
  return (await service.connect(requests.read(over.signal), over.signal)[Symbol.asyncIterator]().next()).value as
    | ConnectResponse
    | undefined;
}

async function ask(socketPath: string): Promise<string> {
  const sent = request({ socketPath, path: '/', agent: false }).end();
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of answer) text += String(chunk);
  return text;
}

const good = `exports.hello = (req, res) => res.end(process.env.GREETING + ' ' + process.env.N);`;

it('grants an instance that answers, keeps it over a restart, and ends it when nothing asks', { timeout: 60_000 }, async () => {
  const { workloads, clock, start } = await pool(good);
  const first = start();
  await stateWhere(first.service, (state) => state.verified);
  const granted = await demand(first.service);
  expect(granted?.grant).toMatchObject({ serving: 'default/a', slots: 100 });
  expect(await ask(granted?.grant?.endpoint?.unix ?? '')).toBe('hi 3');
  const id = granted?.grant?.instance ?? '';
  await vi.waitUntil(() => workloads.instances.get(id)?.owner !== undefined);
  await first.close();

  const second = start();
  expect(await stateWhere(second.service, (state) => state.proven)).toMatchObject({ ready: 1, verified: true });
  clock.advance(40_000);
  await vi.waitUntil(() => !workloads.instances.has(id));
});

it('refuses with the reason of the code that does not load, after a second instance failed too', { timeout: 60_000 }, async () => {
  const { start } = await pool(`throw new Error('no');`);
  const { service } = start();
  await stateWhere(service, (state) => state.verified);
  expect((await demand(service))?.refusal).toMatchObject({ serving: 'default/a', code: 'LoadFailed' });
});

it('keeps the minimum without demand, and ends it with the Serving', { timeout: 60_000 }, async () => {
  const { workloads, store, clock, start } = await pool(good, { minReplicas: 1 });
  const { service } = start();
  expect(await stateWhere(service, (state) => state.proven)).toMatchObject({ ready: 1, desired: 1 });
  clock.advance(60_000);
  expect(await stateWhere(service, () => true)).toMatchObject({ ready: 1 });
  const id = [...workloads.instances.values()].find((one) => one.owner !== undefined)?.id ?? '';
  await store.delete(servingKind, { namespace: 'default', name: 'a' });
  await vi.waitUntil(() => (clock.advance(2_000), !workloads.instances.has(id)));
});
