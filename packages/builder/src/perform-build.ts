import {
  asModuleManifest,
  digestOf,
  readTar,
  type ArtifactAccess,
  type Artifacts,
  type CodeCache,
  type ModuleArtifact,
} from '@openfunction/artifact';
import type { Clock } from '@openfunction/reconcile';
import type { Instance, Workloads } from '@openfunction/workload';
import { awaitInstance } from './await-instance.ts';
import { npmrcSecret, planBuild, type BuildOrder, type BuildPlan } from './build/plan.ts';
import type { BuildReport, BuildRun } from './build-run.ts';
import { buildWorkload, keyOf, workloadKey, type BuildResources } from './build-workload.ts';
import type { BuildExchange, BuildInput } from './exchange/build-exchange.ts';
import type { SourceRules } from './fetch/source-rules.ts';
import type { BuildResult } from './run-build.ts';
import type { BuildSecrets } from './secrets.ts';
import type { Sources } from './uploads/sources.ts';

export interface BuildGround {
  workloads: Workloads;
  artifacts: Artifacts;
  exchange: BuildExchange;
  secrets: BuildSecrets;
  sources: Sources;
  /** What builds may fetch from. */
  rules: SourceRules;
  clock: Clock;
  resources: BuildResources;
  /** Variables that every build instance gets. */
  environment: Record<string, string>;
  /** Resolves when one more build of the namespace may run, to what must be called when it has ended. */
  turn: (namespace: string, signal: AbortSignal) => Promise<() => void>;
  /** Likewise, for what holds a whole artifact in memory. */
  handling: (signal: AbortSignal) => Promise<() => void>;
  /** Aborted when this process ends: builds run on and are found again. */
  leaving: AbortSignal;
}

/** Runs one build to its end, or finds the one that runs; says every state to `run`. */
export async function performBuild(ground: BuildGround, run: BuildRun): Promise<void> {
  const { signal } = run.cancelled;
  let done = (): void => undefined;
  try {
    const order = JSON.parse(run.request.specJson) as BuildOrder;
    const plan = planBuild(order, ground.rules);
    const { namespace } = keyOf(run.request.builder);
    // Where the store is open to us, the Secret that a manifest written for elsewhere names need not exist.
    const secret = ground.artifacts.guarded ? order.imageCredentials?.name : undefined;
    const access = { credentials: await ground.secrets.registryCredentials(namespace, secret) };
    const input = await inputOf(ground, plan, order, namespace, access);
    done = await ground.turn(namespace, signal);
    signal.throwIfAborted();
    const env = { ...ground.environment, ...ground.exchange.open(run.request.uid, input) };
    await ground.workloads.apply(buildWorkload(run.request, plan, env, ground.resources));
    run.tell({ state: 'Building' });
    const instance = await awaitInstance(ground.workloads, ground.clock, run);
    const report = await reportOf(ground, instance, { run, order, plan, access });
    // Over only when nothing of it is left, so that a next build begins on clean ground.
    await cleanUp(ground, run);
    run.tell({ ...report, durationMs: ground.clock.now() - run.startedAt });
  } catch (error) {
    if (ground.leaving.aborted) return;
    await cleanUp(ground, run);
    const durationMs = ground.clock.now() - run.startedAt;
    if (signal.aborted)
      run.tell({
        state: 'Canceled',
        reason: 'Canceled',
        message: 'The build was cancelled. Change the Function, or deploy it again, to build anew.',
        durationMs,
      });
    else run.tell({ state: 'Failed', reason: codeOf(error), message: error instanceof Error ? error.message : String(error), durationMs });
  } finally {
    done();
  }
}

async function inputOf(
  ground: BuildGround,
  plan: BuildPlan,
  order: BuildOrder,
  namespace: string,
  access: ArtifactAccess,
): Promise<BuildInput> {
  const npmrc = await ground.secrets.npmrc(namespace, npmrcSecret(order));
  const git = plan.source.kind === 'git' ? await ground.secrets.gitCredentials(namespace, order.srcRepo.credentials?.name) : undefined;
  const credentials = { ...(git && { git }), ...(npmrc !== undefined && { npmrc }) };
  const input = Object.keys(credentials).length === 0 ? {} : { credentials };
  if (plan.source.kind === 'git') return input;
  const { image } = plan.source;
  const own = ground.artifacts.guarded ? order.srcRepo.credentials?.name : undefined;
  const reading =
    own === undefined ? access : { credentials: await ground.secrets.registryCredentials(namespace, own, 'srcRepo.credentials') };
  return { ...input, source: await ground.sources.find(image, reading) };
}

async function reportOf(
  ground: BuildGround,
  { finished }: Instance,
  { run, order, plan, access }: { run: BuildRun; order: BuildOrder; plan: BuildPlan; access: ArtifactAccess },
): Promise<BuildReport> {
  const failed = (reason: string, message: string): BuildReport => ({ state: 'Failed', reason, message });
  if (finished?.reason === 'DeadlineExceeded')
    return {
      state: 'Timeout',
      reason: 'BuildTimeout',
      message: `The build took longer than its timeout of ${plan.deadlineSeconds} s. Raise build.timeout, or make the build smaller.`,
    };
  const { memory, ephemeralStorage } = ground.resources;
  if (finished?.reason === 'OOMKilled')
    return failed('OutOfMemory', `The build needed more than the ${memory} of memory that it may use. Make the build smaller.`);
  if (finished?.reason === 'StorageExceeded')
    return failed('OutOfStorage', `The build wrote more than the ${ephemeralStorage} of files that it may. Make the build smaller.`);
  const result = parseResult(finished?.message ?? '');
  if (result === undefined || !result.succeeded) {
    const how = finished?.exitCode === undefined ? '' : ` with exit code ${finished.exitCode}`;
    return failed(
      result?.reason ?? 'BuildFailed',
      result?.message ?? `The build ended${how} and without a result. Read its log with "ofn logs --build", and build again.`,
    );
  }
  const done = await ground.handling(run.cancelled.signal);
  try {
    const { artifact, caches } = await collected(ground.exchange, run.request.uid, plan);
    run.cancelled.signal.throwIfAborted();
    // The digest is ours, of the bytes that we store: what a build says of itself is not believed.
    const digest = await ground.artifacts.put(order.image, artifact, { ...access, caches });
    const { commitSha = '', commitAuthor = '', sourceDigest = '' } = result;
    const size = artifact.bundle.length + artifact.assets.length;
    return { state: 'Succeeded', reason: 'Succeeded', digest, size, commitSha, commitAuthor, sourceDigest };
  } finally {
    done();
  }
}

async function collected(
  exchange: BuildExchange,
  uid: string,
  plan: BuildPlan,
): Promise<{ artifact: ModuleArtifact; caches: CodeCache[] }> {
  const files = await exchange.collect(uid);
  const manifest = asModuleManifest(JSON.parse(Buffer.from(files.manifest).toString('utf8')));
  if (files.assets.length > 0) for await (const entry of readTar(files.assets)) void entry;
  return {
    artifact: { manifest: { ...manifest, target: plan.target, signature: plan.signature }, bundle: files.bundle, assets: files.assets },
    caches: files.caches.map(({ key, bytes }) => ({ key, bytes, digest: digestOf(bytes) })),
  };
}

async function cleanUp(ground: BuildGround, { request }: BuildRun): Promise<void> {
  await ground.workloads.remove(workloadKey(request)).catch(() => undefined);
  await ground.exchange.release(request.uid).catch(() => undefined);
}

function parseResult(text: string): BuildResult | undefined {
  try {
    const value = JSON.parse(text) as Record<string, unknown> | null;
    if (value?.['succeeded'] === false && typeof value['reason'] === 'string' && typeof value['message'] === 'string')
      return { succeeded: false, reason: knownReason(value['reason']), message: value['message'].slice(0, 2000) };
    if (value?.['succeeded'] !== true) return undefined;
    const origin = Object.fromEntries(
      ['sourceDigest', 'commitSha', 'commitAuthor'].flatMap((name) => {
        const said = value[name];
        return typeof said === 'string' ? [[name, said.slice(0, 200)]] : [];
      }),
    );
    return { succeeded: true, digest: '', size: 0, ...origin };
  } catch {
    return undefined;
  }
}

/** A reason becomes one of a condition, which has a grammar. */
function knownReason(reason: string): string {
  return /^[A-Z][A-Za-z]{0,60}$/.test(reason) ? reason : 'BuildFailed';
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? knownReason(error.code) : 'BuildFailed';
}
