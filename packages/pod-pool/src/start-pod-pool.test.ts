import { spawn, type ChildProcess } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { memoryArtifacts } from '@openfunction/artifact';
import type { ConnectRequest, ConnectResponse, ServingState } from '@openfunction/protocol';
import { manualClock } from '@openfunction/reconcile';
import { servingKind, type Key, type Serving } from '@openfunction/resources';
import { memoryStore } from '@openfunction/store';
import type { Instance, Workloads } from '@openfunction/workload';
import { afterEach, expect, it, vi } from 'vitest';
import { outbox } from './gateways/outbox.ts';
import { startPodPool } from './start-pod-pool.ts';

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
    child.on('exit', () => {
      instance.phase = 'Failed';
      changes.push(key);
    });
    await vi.waitUntil(() => existsSync(control) || instance.phase === 'Failed', { timeout: 20_000 });
    if (instance.phase === 'Starting') instance.phase = 'Ready';
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
      namespaces: 'all',
      log: () => {},
    });
    ends.push(() => started.close());
    return started;
  };
  return { workloads, store, clock, start };
}

type Pool = ReturnType<typeof startPodPool>;

/** Moves the clock with the time that passes, until something is so. */
async function until<T>(clock: ReturnType<typeof manualClock>, find: () => T | Promise<T>): Promise<NonNullable<Awaited<T>>> {
  return vi.waitFor(
    async () => {
      clock.advance(50);
      const found = await find();
      if (found === undefined || found === false || found === null) throw new Error('Not yet.');
      return found;
    },
    { timeout: 25_000, interval: 50 },
  );
}

function states(service: Pool['service']): { last?: ServingState } {
  const over = new AbortController();
  ends.push(() => over.abort());
  const seen: { last?: ServingState } = {};
  void (async () => {
    for await (const { state } of service.watchServings({}, over.signal)) if (state !== undefined) seen.last = state;
  })().catch(() => {});
  return seen;
}

function demand(service: Pool['service'], waiting = 1): { answer?: ConnectResponse } {
  const over = new AbortController();
  ends.push(() => over.abort());
  const requests = outbox<ConnectRequest>();
  requests.push({ hello: { gatewayId: 'g', held: [], nowMs: 0 } });
  requests.push({ demand: { serving: 'default/a', waiting, grantsSeen: 0 } });
  const seen: { answer?: ConnectResponse } = {};
  void (async () => {
    for await (const answer of service.connect(requests.read(over.signal), over.signal))
      if (answer.grant !== undefined || answer.refusal !== undefined) seen.answer ??= answer;
  })().catch(() => {});
  return seen;
}

async function ask(socketPath: string): Promise<string> {
  const sent = request({ socketPath, path: '/', agent: false }).end();
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of answer) text += String(chunk);
  return text;
}

const good = `exports.hello = (req, res) => res.end(process.env.GREETING + ' ' + process.env.N);`;
const blocked = `exports.hello = () => { for (;;); };`;

it('grants an instance that answers, keeps it over a restart, and ends it when nothing asks', { timeout: 60_000 }, async () => {
  const { workloads, clock, start } = await pool(good);
  const first = start();
  const seen = states(first.service);
  await until(clock, () => seen.last?.verified);
  const asked = demand(first.service);
  const grant = await until(clock, () => asked.answer?.grant);
  // A part is left to a gateway that may still come.
  expect(grant).toMatchObject({ serving: 'default/a', slots: 50 });
  expect(await ask(grant.endpoint?.unix ?? '')).toBe('hi 3');
  await until(clock, () => workloads.instances.get(grant.instance)?.owner);
  await first.close();

  const second = start();
  const again = states(second.service);
  demand(second.service, 0);
  await until(clock, () => again.last?.proven);
  expect(again.last).toMatchObject({ ready: 1, verified: true });
  for (let second_ = 0; second_ < 120; second_ += 1) clock.advance(1000);
  await until(clock, () => !workloads.instances.has(grant.instance));
});

it('refuses code that does not load, and tells its status alone what the code said', { timeout: 60_000 }, async () => {
  const { clock, start } = await pool(`throw new Error('no');`);
  const { service } = start();
  const seen = states(service);
  await until(clock, () => seen.last?.verified);
  const asked = demand(service);
  expect(await until(clock, () => asked.answer?.refusal)).toMatchObject({
    serving: 'default/a',
    code: 'LoadFailed',
    message: 'The code failed while loading.',
  });
  await until(clock, () => seen.last?.reason || undefined);
  expect(seen.last).toMatchObject({ reason: 'LoadFailed', message: 'The code failed while loading. It said: Error: no (bundle:1:79)' });
});

it('keeps the minimum without demand, and ends it with the Serving', { timeout: 60_000 }, async () => {
  const { workloads, store, clock, start } = await pool(good, { minReplicas: 1 });
  const { service } = start();
  const seen = states(service);
  await until(clock, () => seen.last?.proven);
  expect(seen.last).toMatchObject({ ready: 1, desired: 1 });
  for (let second = 0; second < 120; second += 1) clock.advance(1000);
  expect(seen.last).toMatchObject({ ready: 1 });
  const id = await until(clock, () => [...workloads.instances.values()].find((one) => one.owner !== undefined)?.id);
  await store.delete(servingKind, { namespace: 'default', name: 'a' });
  await until(clock, () => !workloads.instances.has(id));
});

it('ends an instance whose event loop is blocked', { timeout: 60_000 }, async () => {
  const { workloads, clock, start } = await pool(blocked);
  const { service } = start();
  const asked = demand(service);
  const grant = await until(clock, () => asked.answer?.grant);
  const stuck = ask(grant.endpoint?.unix ?? '').catch(() => 'broken off');
  const since = clock.now();
  await until(clock, () => (clock.advance(500), !workloads.instances.has(grant.instance)));
  expect(await stuck).toBe('broken off');
  expect(clock.now() - since).toBeLessThan(60_000);
});
