import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryArtifacts, writeTar, type Artifacts } from '@openfunction/artifact';
import { realClock } from '@openfunction/reconcile';
import { builderKind, secretKind } from '@openfunction/resources';
import { memoryStore, type Store } from '@openfunction/store';
import type { Instance, Outcome, Workload, Workloads } from '@openfunction/workload';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BuildPlan } from './build/plan.ts';
import type { BuildRequest, BuildResponse } from './build-run.ts';
import type { BuilderService } from './builder-service.ts';
import { download, upload } from './exchange/exchange-client.ts';
import { packOutput } from './exchange/output-archive.ts';
import type { UploadMessage } from './uploads/receive-source.ts';
import { runBuild } from './run-build.ts';
import { startBuilder, type StartedBuilder } from './start-builder.ts';

const source = { bundleContainer: { image: 'r.test/demo/fn:source' } };
const order = { image: 'r.test/demo/fn:v1', srcRepo: source };
const signal = new AbortController().signal;
const never = (): Promise<Outcome> => new Promise<Outcome>(() => undefined);

let dir = '';
let store: Store;
let artifacts: Artifacts;
const started: StartedBuilder[] = [];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ofn-b-'));
  store = memoryStore();
  artifacts = memoryArtifacts();
  await artifacts.putSource(
    'r.test/demo/fn:source',
    await writeTar([{ path: 'index.js', kind: 'file', bytes: Buffer.from('exports.main = () => 1') }]),
  );
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((each) => each.close()));
  await rm(dir, { recursive: true, force: true });
});

interface FakeWorkloads extends Workloads {
  applied: Workload[];
  /** Ends an instance from outside. */
  vanish(): void;
}

/** Runs every Workload in this process, ending as `end` says. */
function workloadsThat(end: (workload: Workload) => Promise<Outcome>): FakeWorkloads {
  const instances = new Map<string, Instance>();
  const hints = new Set<() => void>();
  const applied: Workload[] = [];
  const hint = (): void => {
    for (const each of hints) each();
    hints.clear();
  };
  return {
    applied,
    vanish: () => (instances.clear(), hint()),
    runs: new Set(['runner'] as const),
    honours: new Set(),
    apply: async (workload) => {
      if (instances.has(workload.key.name)) return;
      applied.push(workload);
      const { key, owner } = workload;
      const instance: Instance = { id: key.name, workload: key, owner, namespace: key.namespace, phase: 'Starting', createdAt: 0 };
      instances.set(instance.id, instance);
      void end(workload).then((finished) => {
        if (instances.has(instance.id)) instances.set(instance.id, { ...instance, phase: 'Finished', finished });
        hint();
      });
    },
    remove: async (key) => void instances.delete(key.name),
    list: async (owner) => [...instances.values()].filter((each) => owner === undefined || each.owner?.uid === owner.uid),
    watch: async function* () {
      for (;;) {
        await new Promise<void>((resolve) => hints.add(resolve));
        yield { namespace: 'demo', name: 'any' };
      }
    },
    adopt: async () => undefined,
    destroy: async () => undefined,
    logs: async function* () {
      yield { at: 1, stream: 'stdout', text: 'Bundling' };
    },
  };
}

async function start(workloads: Workloads): Promise<BuilderService> {
  const exchange = { listen: { path: join(dir, `${started.length}.sock`) }, key: Buffer.alloc(32, 1), dir: join(dir, 'out') };
  const builder = await startBuilder({
    store,
    workloads,
    artifacts,
    exchange,
    clock: realClock,
    log: () => undefined,
    logDir: join(dir, 'logs'),
    uploadsDir: join(dir, 'uploads'),
  });
  started.push(builder);
  return builder.service;
}

const stop = async (): Promise<void> => started.pop()?.close();

/** Does what the program of a build instance does. */
async function runHere(workload: Workload): Promise<Outcome> {
  const env = workload.template.env ?? {};
  const site = { socketPath: env['OFN_EXCHANGE_SOCKET'] };
  const result = await runBuild({
    plan: JSON.parse(env['OFN_BUILD_SPEC'] ?? '') as BuildPlan,
    workDir: join(dir, 'work', workload.key.name),
    source: () => download(env['OFN_SOURCE'] ?? '', site, 1 << 20),
    deliver: async (output) => upload(env['OFN_OUTPUT'] ?? '', await packOutput(output), site),
    log: () => undefined,
  });
  return { succeeded: result.succeeded, reason: 'Completed', message: JSON.stringify(result) };
}

async function requestFor(spec: unknown, name = 'b1'): Promise<BuildRequest> {
  return { builder: `demo/${name}`, uid: await makeBuilder(name), specJson: JSON.stringify(spec) };
}

async function states(builder: BuilderService, spec: unknown, given?: BuildRequest): Promise<BuildResponse[]> {
  const all: BuildResponse[] = [];
  for await (const each of builder.build(given ?? (await requestFor(spec)), signal)) all.push(each);
  return all;
}

async function logOf(builder: BuilderService, uid?: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of builder.log({ builder: 'demo/b1', uid: uid ?? (await makeBuilder('b1')) }, signal)) lines.push(line.text);
  return lines;
}

async function makeBuilder(name: string): Promise<string> {
  const present = await store.get(builderKind, { namespace: 'demo', name });
  if (present !== undefined) return present.metadata.uid ?? '';
  const { metadata } = await store.create(builderKind, {
    apiVersion: 'core.openfunction.io/v1beta2',
    kind: 'Builder',
    metadata: { namespace: 'demo', name },
    spec: { ...order, builder: 'openfunction/builder-node' },
  });
  return metadata.uid ?? '';
}

describe('a builder', () => {
  it('builds what was uploaded, and stores it under its image', async () => {
    const workloads = workloadsThat(runHere);
    const builder = await start(workloads);
    const last = (await states(builder, order)).at(-1);
    expect(last).toMatchObject({ state: 'Succeeded', sourceDigest: expect.stringMatching(/^sha256:/) });
    expect(last?.durationMs).toBeGreaterThan(0);
    expect(last?.log).toBe('Bundling\n');
    expect((await artifacts.get('r.test/demo/fn:v1')).digest).toBe(last?.digest);
    expect(await logOf(builder)).toEqual(['Bundling']);
    expect(await workloads.list()).toEqual([]);
  });

  it('keeps the log of an ended build through a restart', async () => {
    await states(await start(workloadsThat(runHere)), order);
    await stop();
    expect(await logOf(await start(workloadsThat(never)))).toEqual(['Bundling']);
  });

  it('puts no credential into the instance', async () => {
    const workloads = workloadsThat(never);
    const builder = await start(workloads);
    await store.create(secretKind, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace: 'demo', name: 'git' },
      data: { username: 'bWU=', password: Buffer.from('hunter2').toString('base64') },
    });
    const spec = { image: 'r.test/x:1', srcRepo: { url: 'https://git.test/x', credentials: { name: 'git' } } };
    for await (const { state } of builder.build(await requestFor(spec), signal)) if (state === 'Building') break;
    await expect.poll(() => workloads.applied.length).toBe(1);
    expect(JSON.stringify(workloads.applied)).not.toMatch(/hunter2|aHVudGVyMg/);
    const env = workloads.applied[0]?.template.env ?? {};
    const given = await download(env['OFN_CREDENTIALS'] ?? '', { socketPath: env['OFN_EXCHANGE_SOCKET'] }, 1000);
    expect(JSON.parse(given.toString())).toEqual({ git: { kind: 'basic', username: 'me', password: 'hunter2' } });
  });

  it('pushes with the credentials that the Function names, and shows them to no instance', async () => {
    const used: unknown[] = [];
    const open = artifacts;
    artifacts = {
      ...open,
      guarded: true,
      put: (ref, artifact, options) => {
        used.push(options?.credentials?.get('r.test'));
        return open.put(ref, artifact, options);
      },
    };
    const workloads = workloadsThat(runHere);
    const builder = await start(workloads);
    const spec = { ...order, imageCredentials: { name: 'push' } };
    expect((await states(builder, spec)).at(-1)).toMatchObject({ state: 'Failed', reason: 'SecretNotFound' });
    const config = JSON.stringify({ auths: { 'r.test': { username: 'me', password: 'hunter2' } } });
    await store.create(secretKind, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace: 'demo', name: 'push' },
      type: 'kubernetes.io/dockerconfigjson',
      data: { '.dockerconfigjson': Buffer.from(config).toString('base64') },
    });
    expect((await states(builder, spec, await requestFor(spec, 'b2'))).at(-1)).toMatchObject({ state: 'Succeeded' });
    expect(used).toEqual([{ username: 'me', password: 'hunter2' }]);
    expect(JSON.stringify(workloads.applied)).not.toContain('hunter2');
  });

  it('gives the log of a build to whoever knows the uid of its Builder, and to nobody else', async () => {
    const builder = await start(workloadsThat(runHere));
    await states(builder, order);
    expect(await logOf(builder)).toEqual(['Bundling']);
    expect(await logOf(builder, '')).toEqual([]);
    expect(await logOf(builder, '*')).toEqual([]);
  });

  describe('with a registry that credentials guard', () => {
    const used: unknown[] = [];
    beforeEach(() => {
      used.length = 0;
      const open = artifacts;
      artifacts = {
        ...open,
        guarded: true,
        putSource: (ref, tar, access) => {
          used.push([ref, access?.credentials?.get('r.test')?.password]);
          return open.putSource(ref, tar, access);
        },
      };
    });

    const secret = async (name: string, key: string, auths: object): Promise<void> => {
      const stringData = { [key]: JSON.stringify(key === '.dockercfg' ? auths : { auths }) };
      await store.create(secretKind, { apiVersion: 'v1', kind: 'Secret', metadata: { namespace: 'demo', name }, stringData });
    };
    const uploaded = async (builder: BuilderService, text: string, target?: unknown): Promise<string> => {
      const tar = await writeTar([{ path: 'index.js', kind: 'file', bytes: Buffer.from(text) }]);
      const messages = async function* (): AsyncIterable<UploadMessage> {
        yield target === undefined ? { ref: 'r.test/demo/up:v1' } : ({ target } as UploadMessage);
        yield { chunk: tar.subarray(0, 700) };
        yield { chunk: tar.subarray(700) };
      };
      return (await builder.upload(messages(), signal)).image;
    };

    it('holds an upload until a build names it, and opens the registry with the Secret of that build alone', async () => {
      const builder = await start(workloadsThat(runHere));
      await secret('push', '.dockerconfigjson', { 'r.test': { username: 'me', password: 'hunter2' } });
      // An older client names a Secret: whoever may only send a source has no say in that.
      const image = await uploaded(builder, 'exports.main = 1', {
        image: 'r.test/demo/up:v1',
        namespace: 'demo',
        imageCredentials: 'push',
      });
      expect(image).toMatch(/^r\.test\/demo\/up@sha256:/);
      expect(used).toEqual([]);
      expect(await artifacts.stat(image)).toBeUndefined();
      const spec = { image: 'r.test/demo/up:v1', imageCredentials: { name: 'push' }, srcRepo: { bundleContainer: { image } } };
      expect((await states(builder, spec)).at(-1)).toMatchObject({ state: 'Succeeded' });
      expect(used).toEqual([['r.test/demo/up:source', 'hunter2']]);
      expect(await artifacts.stat(image)).toMatchObject({ kind: 'source' });
    });

    it('keeps an upload through a restart', async () => {
      const image = await uploaded(await start(workloadsThat(never)), 'exports.main = 2');
      await stop();
      const builder = await start(workloadsThat(runHere));
      const spec = { image: 'r.test/demo/up:v1', srcRepo: { bundleContainer: { image } } };
      expect((await states(builder, spec)).at(-1)).toMatchObject({ state: 'Succeeded' });
    });

    it('reads a source of elsewhere with the Secret that the source names', async () => {
      const builder = await start(workloadsThat(runHere));
      const seen: unknown[] = [];
      const { stat } = artifacts;
      artifacts.stat = (ref, access) => (seen.push([ref, access?.credentials?.get('r.test')?.username]), stat(ref, access));
      await secret('push', '.dockerconfigjson', { 'r.test': { username: 'pusher', password: 'x' } });
      await secret('pull', '.dockercfg', { 'r.test': { username: 'reader', password: 'x' } });
      const srcRepo = { ...source, credentials: { name: 'pull' } };
      expect((await states(builder, { ...order, imageCredentials: { name: 'push' }, srcRepo })).at(-1)).toMatchObject({
        state: 'Succeeded',
      });
      expect(seen).toContainEqual(['r.test/demo/fn:source', 'reader']);
    });

    it('lets whoever forwards a port send sources and read logs, and neither begin a build nor end one', async () => {
      await start(workloadsThat(never));
      const { forwarded } = started.at(-1)!;
      const spec = { ...order, imageCredentials: { name: 'push' } };
      await expect(states(forwarded, spec)).rejects.toMatchObject({ code: 'BuildFailed' });
      await expect(forwarded.cancel({ builder: 'demo/b1', uid: 'u' })).rejects.toMatchObject({ code: 'BuildFailed' });
      expect(await uploaded(forwarded, 'x')).toMatch(/@sha256:/);
    });
  });

  it.each([
    ['DeadlineExceeded', 'Timeout', 'BuildTimeout'],
    ['OOMKilled', 'Failed', 'OutOfMemory'],
    ['StorageExceeded', 'Failed', 'OutOfStorage'],
    ['Error', 'Failed', 'BuildFailed'],
  ] as const)('reports %s as %s', async (reason, state, code) => {
    const builder = await start(workloadsThat(async () => ({ succeeded: false, reason, message: 'not JSON' })));
    expect((await states(builder, order)).at(-1)).toMatchObject({ state, reason: code });
  });

  it.each([
    [{ ...order, builder: 'openfunction/builder-go' }, 'BuilderNotSupported'],
    [{ ...order, dockerfile: 'Dockerfile' }, 'BuilderNotSupported'],
    [{ image: 'r.test/x:1', srcRepo: { url: 'file:///etc' } }, 'SourceRefused'],
    [{ image: 'r.test/x:1', srcRepo: { bundleContainer: { image: 'r.test/none:1' } } }, 'SourceNotFound'],
    [{ image: 'r.test/x:1', srcRepo: { url: 'https://git.test/x', credentials: { name: 'none' } } }, 'SecretNotFound'],
  ])('refuses what it cannot build without starting anything: %j', async (spec, reason) => {
    const workloads = workloadsThat(never);
    expect((await states(await start(workloads), spec)).at(-1)).toMatchObject({ state: 'Failed', reason });
    expect(workloads.applied).toEqual([]);
  });

  it('believes no instance that handed nothing over, nor its reasons', async () => {
    const lies = { succeeded: true, digest: `sha256:${'0'.repeat(64)}`, size: 1 };
    const builder = await start(workloadsThat(async () => ({ succeeded: true, reason: 'Completed', message: JSON.stringify(lies) })));
    expect((await states(builder, order)).at(-1)).toMatchObject({ state: 'Failed', digest: '' });
    await stop();
    const strange = { succeeded: false, reason: '<b>', message: 'x'.repeat(4000) };
    const other = await start(workloadsThat(async () => ({ succeeded: false, reason: 'Error', message: JSON.stringify(strange) })));
    const last = (await states(other, order)).at(-1);
    expect(last?.reason).toBe('BuildFailed');
    expect(last?.message.length).toBeLessThanOrEqual(2000);
  });

  it('fails a build whose instance vanished', async () => {
    const workloads = workloadsThat(never);
    const builder = await start(workloads);
    const all = states(builder, order);
    await expect.poll(() => workloads.applied.length).toBe(1);
    await expect.poll(() => logOfOpen(builder)).toBe('Bundling');
    workloads.vanish();
    expect((await all).at(-1)).toMatchObject({ state: 'Failed', reason: 'BuildFailed' });
  });
});

async function logOfOpen(builder: BuilderService): Promise<string | undefined> {
  for await (const line of builder.log({ builder: 'demo/b1', uid: await makeBuilder('b1') }, signal)) return line.text;
  return undefined;
}

describe('the end of a build before its time', () => {
  it('cancels a build that runs', async () => {
    const workloads = workloadsThat(never);
    const builder = await start(workloads);
    const seen: string[] = [];
    const request = await requestFor(order);
    for await (const { state } of builder.build(request, signal)) {
      seen.push(state);
      if (state === 'Building') await builder.cancel(request);
    }
    expect(seen.at(-1)).toBe('Canceled');
    expect(await workloads.list()).toEqual([]);
  });

  it('cancels a build before it began', async () => {
    const workloads = workloadsThat(never);
    const builder = await start(workloads);
    const request = await requestFor(order);
    const all = states(builder, order, request);
    await builder.cancel(request);
    expect((await all).at(-1)).toMatchObject({ state: 'Canceled' });
    expect(await workloads.list()).toEqual([]);
  });

  it('leaves nothing behind, whenever it is cancelled', async () => {
    const output = await packOutput({
      manifest: Buffer.from(JSON.stringify({ runtime: 'node', format: 'cjs', exports: [], entry: 'index.js' })),
      bundle: Buffer.from('x'),
      assets: new Uint8Array(),
      caches: [],
    });
    const workloads = workloadsThat(async ({ template: { env = {} } }) => {
      await upload(env['OFN_OUTPUT'] ?? '', output, { socketPath: env['OFN_EXCHANGE_SOCKET'] });
      return { succeeded: true, reason: 'Completed', message: '{"succeeded":true}' };
    });
    const builder = await start(workloads);
    const ends = new Set<string | undefined>();
    for (let turns = 0; turns < 60; turns += 1) {
      const request = await requestFor(order, `b${turns}`);
      const all = states(builder, order, request);
      for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      await builder.cancel(request);
      ends.add((await all).at(-1)?.state);
      expect(await workloads.list()).toEqual([]);
    }
    expect(ends).toEqual(new Set(['Canceled', 'Succeeded']));
    // An upload that is under way when its build ends is taken away when it ends itself.
    await expect.poll(() => readdir(join(dir, 'out'))).toEqual([]);
  });

  it('ends the build of a Builder that is deleted', async () => {
    const workloads = workloadsThat(never);
    const builder = await start(workloads);
    const all = states(builder, order);
    await expect.poll(() => workloads.applied.length).toBe(1);
    await store.delete(builderKind, { namespace: 'demo', name: 'b1' });
    expect((await all).at(-1)).toMatchObject({ state: 'Canceled' });
    expect(await workloads.list()).toEqual([]);
  });

  it('finds its builds again after a restart, without a second one', async () => {
    const ends = Promise.withResolvers<void>();
    const workloads = workloadsThat(async (workload) => {
      await ends.promise;
      return runHere(workload);
    });
    const first = await start(workloads);
    void states(first, order).catch(() => undefined);
    await expect.poll(() => workloads.applied.length).toBe(1);
    const socket = workloads.applied[0]?.template.env?.['OFN_EXCHANGE_SOCKET'];
    await stop();
    expect(await workloads.list()).toHaveLength(1);
    const second = await start(workloads);
    ends.resolve();
    expect((await states(second, order)).at(-1)).toMatchObject({ state: 'Succeeded' });
    expect(workloads.applied.map((each) => each.template.env?.['OFN_EXCHANGE_SOCKET'])).toEqual([socket]);
  });

  it('ends instances whose Builder is gone when it starts', async () => {
    const workloads = workloadsThat(never);
    const first = await start(workloads);
    void states(first, order).catch(() => undefined);
    await expect.poll(() => workloads.applied.length).toBe(1);
    await stop();
    await store.delete(builderKind, { namespace: 'demo', name: 'b1' });
    await start(workloads);
    await expect.poll(() => workloads.list()).toEqual([]);
  });

  it('runs only so many at one time', async () => {
    const workloads = workloadsThat(never);
    const builder = await start(workloads);
    for (let each = 0; each < 6; each += 1) {
      const request = await requestFor(order, `b${each}`);
      void (async () => {
        for await (const _ of builder.build(request, signal));
      })().catch(() => undefined);
    }
    await expect.poll(() => workloads.applied.length).toBe(4);
    await builder.cancel(await requestFor(order, 'b0'));
    await expect.poll(() => workloads.applied.length).toBe(5);
  });
});
