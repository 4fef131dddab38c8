import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryArtifacts, writeTar } from '@openfunction/artifact';
import type { Instance, Outcome, Workload, Workloads } from '@openfunction/workload';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { BuildPlan } from './build/plan.ts';
import { builderService, type BuilderService, type BuildResponse } from './builder-service.ts';
import { folderExchange } from './folder-exchange.ts';
import { runBuild } from './run-build.ts';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ofn-builder-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const artifacts = memoryArtifacts();
const signal = new AbortController().signal;

/** Runs every Workload in this process, ending as `end` says. */
function workloadsThat(end: (workload: Workload) => Promise<Outcome>): Workloads {
  const instances = new Map<string, Instance>();
  const hints = new Set<() => void>();
  return {
    runs: new Set(['runner'] as const),
    honours: new Set(),
    apply: async (workload) => {
      const instance: Instance = {
        id: workload.key.name,
        workload: workload.key,
        namespace: workload.key.namespace,
        phase: 'Starting',
        createdAt: 0,
      };
      instances.set(instance.id, instance);
      void end(workload).then((finished) => {
        instances.set(instance.id, { ...instance, phase: 'Finished', finished });
        for (const hint of hints) hint();
      });
    },
    remove: async (key) => void instances.delete(key.name),
    list: async () => [...instances.values()],
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

function service(end: (workload: Workload) => Promise<Outcome>): BuilderService {
  return builderService({ workloads: workloadsThat(end), artifacts, exchange: folderExchange({ dir }), now: () => 0 });
}

async function states(builder: BuilderService, spec: unknown): Promise<BuildResponse[]> {
  const all: BuildResponse[] = [];
  for await (const each of builder.build({ builder: 'demo/b1', uid: 'u1', specJson: JSON.stringify(spec) }, { signal })) all.push(each);
  return all;
}

async function upload(builder: BuilderService): Promise<string> {
  const tar = await writeTar([{ path: 'index.js', kind: 'file', bytes: Buffer.from('exports.main = () => 1') }]);
  const messages = async function* (): AsyncIterable<{ ref?: string; chunk?: Uint8Array }> {
    yield { ref: 'r.test/demo/fn:v1' };
    yield { chunk: tar.subarray(0, 700) };
    yield { chunk: tar.subarray(700) };
  };
  return (await builder.upload(messages())).image;
}

it('builds what was uploaded and stores it under its image', async () => {
  const builder = service(async ({ template }) => {
    const env = template.env ?? {};
    const plan = JSON.parse(env['OFN_BUILD_SPEC'] ?? '') as BuildPlan;
    const result = await runBuild({
      plan,
      workDir: join(dir, 'work'),
      outputDir: env['OFN_OUTPUT'] ?? '',
      sourceTar: env['OFN_SOURCE'],
      protocols: [],
      path: '/usr/bin',
      log: () => undefined,
    });
    return { succeeded: result.succeeded, reason: 'Completed', message: JSON.stringify(result) };
  });
  const all = await states(builder, { image: 'r.test/demo/fn:v1', srcRepo: { bundleContainer: { image: await upload(builder) } } });
  const last = all.at(-1);
  expect(last).toMatchObject({ state: 'Succeeded', sourceDigest: expect.stringMatching(/^sha256:/) });
  expect((await artifacts.get('r.test/demo/fn:v1')).digest).toBe(last?.digest);
  const lines: string[] = [];
  for await (const line of builder.log({ builder: 'demo/b1' }, { signal })) lines.push(line.text);
  expect(lines).toEqual(['Bundling']);
});

it.each([
  ['DeadlineExceeded', 'Timeout', 'BuildTimeout'],
  ['OOMKilled', 'Failed', 'OutOfMemory'],
  ['Error', 'Failed', 'BuildFailed'],
] as const)('reports %s as %s', async (reason, state, code) => {
  const builder = service(async () => ({ succeeded: false, reason, message: 'not JSON' }));
  expect((await states(builder, { image: 'r.test/x:1', srcRepo: { url: 'https://git.test/x' } })).at(-1)).toMatchObject({
    state,
    reason: code,
  });
});

it('refuses what it cannot build without starting anything', async () => {
  const builder = service(() => Promise.reject(new Error('must not start')));
  expect(
    (await states(builder, { image: 'r.test/x:1', builder: 'openfunction/builder-go', srcRepo: { url: 'https://git.test/x' } })).at(-1),
  ).toMatchObject({ state: 'Failed', reason: 'BuilderNotSupported' });
});

it('cancels a build that runs', async () => {
  const builder = service(() => new Promise<Outcome>(() => undefined));
  const seen: string[] = [];
  for await (const { state } of builder.build(
    { builder: 'demo/b2', uid: 'u2', specJson: '{"image":"r.test/x:1","srcRepo":{"url":"https://git.test/x"}}' },
    { signal },
  )) {
    seen.push(state);
    if (state === 'Building') await builder.cancel({ builder: 'demo/b2', uid: 'u2' });
  }
  expect(seen.at(-1)).toBe('Canceled');
});
