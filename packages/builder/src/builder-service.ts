import { asModuleManifest, readTar, type Artifacts, type ModuleArtifact } from '@openfunction/artifact';
import type { Instance, Owner, Workloads } from '@openfunction/workload';
import { BuildError } from './build-error.ts';
import { planBuild, type BuildOrder, type BuildPlan } from './build/plan.ts';
import { BuildLog } from './build-log.ts';
import type { BuildResult } from './run-build.ts';

/** The messages of builder.v1, as plain values. */
export interface BuildRequest {
  /** namespace/name and uid of the Builder. */
  builder: string;
  uid: string;
  specJson: string;
}

export interface BuildResponse {
  state: 'Pending' | 'Building' | 'Succeeded' | 'Failed' | 'Timeout' | 'Canceled';
  reason: string;
  message: string;
  digest: string;
  size: number;
  commitSha: string;
  commitAuthor: string;
  sourceDigest: string;
}

/** How bytes get into a build instance and out of it: the root knows which folder both sides see. */
export interface BuildExchange {
  /** Makes the source tar readable for the instance; returns environment for it (OFN_SOURCE, OFN_OUTPUT). */
  prepare(builder: string, sourceTar: Uint8Array | undefined): Promise<Record<string, string>>;
  /** The files that the build wrote to OFN_OUTPUT, not yet trusted. */
  collect(builder: string): Promise<{ manifest: Uint8Array; bundle: Uint8Array; assets: Uint8Array }>;
  release(builder: string): Promise<void>;
}

export interface BuilderServiceOptions {
  workloads: Workloads;
  artifacts: Artifacts;
  exchange: BuildExchange;
  /** Milliseconds since the epoch. */
  now: () => number;
  /** What every build instance may use; defaults 2 GiB and 1 CPU. */
  resources?: { cpu: string; memory: string; ephemeralStorage: string };
}

export interface BuilderService {
  build(request: BuildRequest, options: { signal: AbortSignal }): AsyncIterable<BuildResponse>;
  cancel(request: { builder: string; uid: string }): Promise<Record<string, never>>;
  log(request: { builder: string }, options: { signal: AbortSignal }): AsyncIterable<{ atMs: number; text: string }>;
  upload(requests: AsyncIterable<{ ref?: string; chunk?: Uint8Array }>): Promise<{ image: string }>;
}

interface Run {
  uid: string;
  last: BuildResponse;
  done: Promise<void>;
  changed: PromiseWithResolvers<void>;
  log: BuildLog;
  abort: AbortController;
}

const uploadLimit = 256 << 20;
const empty: Omit<BuildResponse, 'state'> = {
  reason: '',
  message: '',
  digest: '',
  size: 0,
  commitSha: '',
  commitAuthor: '',
  sourceDigest: '',
};

/** Serves builder.v1. A second request for a running build follows it; a restart finds its instance again. */
export function builderService(options: BuilderServiceOptions): BuilderService {
  const runs = new Map<string, Run>();

  const begin = (request: BuildRequest): Run => {
    const known = runs.get(request.builder);
    if (known?.uid === request.uid) return known;
    known?.abort.abort();
    const run: Run = {
      uid: request.uid,
      last: { state: 'Pending', ...empty },
      done: Promise.resolve(),
      changed: Promise.withResolvers(),
      log: new BuildLog(options.now),
      abort: new AbortController(),
    };
    runs.set(request.builder, run);
    run.done = perform(options, request, run).finally(() => run.log.end());
    return run;
  };

  return {
    build: async function* (request, { signal }) {
      const run = begin(request);
      const stop = abortion(signal);
      for (let said: BuildResponse | undefined; !signal.aborted;) {
        const { last, changed } = run;
        if (said !== last) yield last;
        said = last;
        if (isFinal(last)) return;
        if (run.last === last) await Promise.race([changed.promise, stop]);
      }
    },
    cancel: async ({ builder, uid }) => {
      const run = runs.get(builder);
      if (run !== undefined && run.uid !== uid) return {};
      run?.abort.abort();
      await options.workloads.remove(workloadKey(builder));
      return {};
    },
    log: async function* ({ builder }, { signal }) {
      const run = runs.get(builder);
      if (run !== undefined) yield* run.log.follow(signal);
    },
    upload: async (requests) => {
      let ref: string | undefined;
      let size = 0;
      const chunks: Uint8Array[] = [];
      for await (const message of requests) {
        ref ??= message.ref;
        size += message.chunk?.length ?? 0;
        if (size > uploadLimit)
          throw new BuildError('SourceRefused', `The source is larger than ${uploadLimit} bytes. Leave dependencies and build output out.`);
        if (message.chunk !== undefined) chunks.push(message.chunk);
      }
      if (ref === undefined) throw new BuildError('SourceRefused', 'The upload named no image reference. Send ref first.');
      const tar = Buffer.concat(chunks);
      for await (const entry of readTar(tar)) void entry;
      const repository = ref.split('@')[0]!.replace(/:[^:/]*$/, '');
      return { image: `${repository}@${await options.artifacts.putSource(`${repository}:source`, tar)}` };
    },
  };
}

async function perform(options: BuilderServiceOptions, request: BuildRequest, run: Run): Promise<void> {
  const tell = (response: Partial<BuildResponse> & Pick<BuildResponse, 'state'>): void => {
    run.last = { ...empty, ...response };
    const { changed } = run;
    run.changed = Promise.withResolvers();
    changed.resolve();
  };
  try {
    const order = JSON.parse(request.specJson) as BuildOrder;
    const plan = planBuild(order);
    const env = await options.exchange.prepare(request.builder, await sourceOf(options.artifacts, plan));
    await options.workloads.apply({
      key: workloadKey(request.builder),
      owner: ownerOf(request),
      artifact: { kind: 'runner', runtime: 'build' },
      replicas: 1,
      run: 'once',
      template: {
        env: {
          ...env,
          OFN_BUILD_SPEC: JSON.stringify(plan),
          ...(gitSecret(order) === undefined ? {} : { OFN_GIT_CREDENTIALS: '/secrets/git' }),
        },
        ...gitSecret(order),
        ...(options.resources ?? { cpu: '1', memory: '2Gi', ephemeralStorage: '4Gi' }),
        deadlineSeconds: plan.deadlineSeconds,
      },
    });
    tell({ state: 'Building' });
    tell(await outcome(options, request, order, run));
  } catch (error) {
    if (run.abort.signal.aborted) tell({ state: 'Canceled', reason: 'Canceled', message: 'The build was cancelled.' });
    else tell({ state: 'Failed', reason: codeOf(error), message: error instanceof Error ? error.message : String(error) });
  } finally {
    await options.workloads.remove(workloadKey(request.builder)).catch(() => undefined);
    await options.exchange.release(request.builder).catch(() => undefined);
  }
}

async function outcome(
  options: BuilderServiceOptions,
  request: BuildRequest,
  order: BuildOrder,
  run: Run,
): Promise<Partial<BuildResponse> & Pick<BuildResponse, 'state'>> {
  const { finished } = await finishedInstance(options.workloads, request, run);
  if (finished?.reason === 'DeadlineExceeded')
    return {
      state: 'Timeout',
      reason: 'BuildTimeout',
      message: 'The build took longer than its timeout. Raise build.timeout, or make the build smaller.',
    };
  if (finished?.reason === 'OOMKilled')
    return { state: 'Failed', reason: 'OutOfMemory', message: 'The build needed more memory than it may use. Make the build smaller.' };
  const result = parseResult(finished?.message ?? '');
  if (result === undefined || !result.succeeded) {
    const fallback = `The build ended with exit code ${finished?.exitCode ?? 'unknown'} and without a result. Read its log with ofn logs.`;
    return { state: 'Failed', reason: result?.reason ?? 'BuildFailed', message: result?.message ?? fallback };
  }
  const artifact = await collected(options.exchange, request.builder);
  run.abort.signal.throwIfAborted();
  // The digest is ours, of the bytes that we store: what a build says of itself is not believed.
  const digest = await options.artifacts.put(order.image, artifact);
  const { commitSha = '', commitAuthor = '', sourceDigest = '' } = result;
  return {
    state: 'Succeeded',
    reason: 'Succeeded',
    digest,
    size: artifact.bundle.length + artifact.assets.length,
    commitSha,
    commitAuthor,
    sourceDigest,
  };
}

async function finishedInstance(workloads: Workloads, request: BuildRequest, run: Run): Promise<Instance> {
  const watching = run.abort.signal;
  const hints = workloads.watch(watching)[Symbol.asyncIterator]();
  const stop: Promise<undefined> = abortion(watching).then(() => undefined);
  let isLogged = false;
  for (;;) {
    // The hint is asked for before the list, so that nothing between the two is missed.
    const hint = hints.next();
    const [instance] = (await workloads.list(ownerOf(request))).filter(
      (each) => `${each.workload.namespace}/${each.workload.name}` === keyString(request.builder),
    );
    if (instance !== undefined && !isLogged && instance.phase !== 'Failed') {
      isLogged = true;
      void run.log.take(workloads.logs(instance.id, { follow: true, signal: run.abort.signal }));
    }
    if (instance?.finished !== undefined || instance?.phase === 'Failed') {
      void hints.return?.();
      return instance;
    }
    const hinted = await Promise.race([hint, stop]);
    watching.throwIfAborted();
    if (hinted?.done === true) throw new BuildError('BuildFailed', 'The watch over build instances ended early. Build again.');
  }
}

async function collected(exchange: BuildExchange, builder: string): Promise<ModuleArtifact> {
  const files = await exchange.collect(builder);
  const manifest = asModuleManifest(JSON.parse(Buffer.from(files.manifest).toString('utf8')));
  for await (const entry of readTar(files.assets.length === 0 ? Buffer.alloc(1024) : files.assets)) void entry;
  return { manifest, bundle: files.bundle, assets: files.assets };
}

async function sourceOf(artifacts: Artifacts, plan: BuildPlan): Promise<Uint8Array | undefined> {
  return plan.source.kind === 'bundle' ? artifacts.getSource(plan.source.image) : undefined;
}

function gitSecret(order: BuildOrder): { secretFiles: { secretName: string; mountPath: string }[] } | undefined {
  const name = order.srcRepo.credentials?.name;
  return name === undefined || order.srcRepo.bundleContainer !== undefined
    ? undefined
    : { secretFiles: [{ secretName: name, mountPath: '/secrets/git' }] };
}

function workloadKey(builder: string): { namespace: string; name: string } {
  const [namespace = '', name = ''] = builder.split('/');
  return { namespace, name: `build-${name}` };
}

function keyString(builder: string): string {
  const { namespace, name } = workloadKey(builder);
  return `${namespace}/${name}`;
}

function ownerOf({ builder, uid }: BuildRequest): Owner {
  const [namespace = '', name = ''] = builder.split('/');
  return { apiVersion: 'core.openfunction.io/v1beta2', kind: 'Builder', key: { namespace, name }, uid };
}

function parseResult(text: string): BuildResult | undefined {
  try {
    const value = JSON.parse(text) as BuildResult | null;
    return typeof value?.succeeded === 'boolean' ? value : undefined;
  } catch {
    return undefined;
  }
}

function isFinal({ state }: BuildResponse): boolean {
  return state !== 'Pending' && state !== 'Building';
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'BuildFailed';
}

function abortion(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
