import type { FetchedArtifact, ModuleArtifact } from '@openfunction/artifact';
import type { PoolInstances, PoolScheduler, PoolSources } from '@openfunction/protocol';
import { type Serving, environmentOf } from '@openfunction/resources';
import { artifactCache } from './artifact-cache.ts';
import { ClaimError } from './claim/claim-error.ts';
import { claims } from './claim/claims.ts';
import { dial, grantSlots, revoke, Connections } from './gateways/connections.ts';
import { gateways } from './gateways/gateways.ts';
import { endings } from './instances/endings.ts';
import { freshStock } from './instances/fresh-stock.ts';
import { httpControl } from './instances/instance-control.ts';
import { endedLog } from './instances/ended-log.ts';
import { instanceView } from './instances/instance-view.ts';
import { learner } from './instances/learn.ts';
import { instanceUses } from './instances/uses.ts';
import { ledger } from './instances/ledger.ts';
import { liveness } from './instances/liveness.ts';
import { poolMetrics } from './metrics.ts';
import { defaultResources, type PodPoolOptions } from './options.ts';
import { imageWorkloads } from './pool/image-workloads.ts';
import { pools } from './pool/pools.ts';
import { imageShapeOf, shapeOf } from './pool/shape.ts';
import { inspector } from './serving/inspect.ts';
import { schedulerLoop } from './scheduler-loop.ts';
import { scaleMetrics } from './scaling/scale-metrics.ts';
import { reports } from './serving/reports.ts';
import { servings } from './serving/servings.ts';
import { targetProblem } from './serving/target-problem.ts';
import { verifier } from './serving/verify.ts';
import { waitingIn, type ServingWorld } from './serving/world.ts';
import { configValues } from './settings/config-values.ts';
import { imageAccess } from './settings/image-access.ts';
import { durationMs } from './settings/duration.ts';
import { imageTemplate } from './settings/image-template.ts';
import { isUnread, settingsOf, settingsProblem, targetOf } from './settings/settings-of.ts';
import { sourceMetrics } from './sources/source-metrics.ts';
import { sourceReports } from './sources/source-reports.ts';
import { timers as timersOf } from './timers.ts';

export interface PodPool {
  service: PoolScheduler;
  /** For people, and for nothing that is decided. */
  instances: PoolInstances;
  /** What waits at the sources of functions, from whoever brings their messages; as `service`, for the holder alone. */
  sources: PoolSources;
  /** To be called when what `leading` says has changed; otherwise it is seen within two seconds. */
  leadingChanged(): void;
  /** Prometheus text. */
  metrics(): string;
  /** Lets go of everything; instances run on. */
  close(): Promise<void>;
}

const leaseMs = 30_000;
const loadTimeoutMs = 30_000;
const longestLoadMs = 600_000;
const cacheBytes = 256 * 1024 * 1024;

/** Makes Servings run: claims warm instances on demand, and lends their slots to gateways. */
export function startPodPool(options: PodPoolOptions): PodPool {
  const { workloads, privateKey, publicKeyText, control = httpControl } = options;
  const leading = options.leading ?? (() => true);
  const timers = timersOf(options.clock, options.log);
  const worlds = new Map<string, ServingWorld>();
  const connections = new Connections();
  const artifacts = artifactCache(options.artifacts, options.artifactCacheBytes ?? cacheBytes);
  const metrics = poolMetrics();
  const stages = ledger();
  const stock = freshStock(stages, timers);
  const told = reports(worlds, timers, (world) => sources.changed(world));

  const values = configValues({
    store: options.store,
    namespaces: options.namespaces,
    signal: timers.signal,
    onChange: (namespace) => {
      for (const world of worlds.values()) if (namespace === '' || world.serving.metadata.namespace === namespace) valuesChanged(world);
    },
  });
  const accessOf = imageAccess(values);
  const artifact = ({ serving }: ServingWorld, { readerChecks } = { readerChecks: false }): Promise<FetchedArtifact> =>
    artifacts.get(serving.spec.image, { access: accessOf(serving), readerChecks });
  const resources = options.resources ?? defaultResources;
  const { honours } = workloads;
  const view = instanceView(workloads, timers, () => loop.onList());
  const ending = endings({
    workloads,
    control,
    ledger: stages,
    view: () => view,
    timers,
    metrics,
    privateKey,
    isConnected: (gateway) => connections.has(gateway),
    images: () => images,
    revoke: (world, replica) => revoke(world, replica, connections),
    onChange: (world) => told.changed(world),
  });
  const sizing = pools({
    workloads,
    view,
    stock,
    ledger: stages,
    timers,
    publicKeyText,
    poolMax: options.poolMax ?? 4 * options.poolSize,
    startsAtOnce: options.startsAtOnce ?? 8,
    leading,
    onError: (users, error) => {
      for (const world of users) loop.fail(world, ClaimError.from(error));
    },
  });
  const images = imageWorkloads({
    workloads,
    view,
    timers,
    leading,
    templateOf: ({ serving, image }, shape) =>
      imageTemplate({ serving, shape, honours, source: values, user: image?.description?.user, messaging: options.messaging?.(serving) }),
    describe: async ({ serving }) => (await options.artifacts.stat(serving.spec.image, accessOf(serving))) ?? {},
    problemOf,
    onReady: (world, instance) => {
      if (stages.advance(instance.id, 'Serving')) claiming.addReplica(world, instance);
    },
    onUnready: (world, id) => ending.suspend(world, id),
    onOver: (world, instance) => ending.mourn(world, instance),
    onError: (world, error) => loop.fail(world, error),
    onChange: (world) => told.changed(world),
  });
  const inspection = inspector({
    artifact,
    stat: ({ serving }) => options.artifacts.stat(serving.spec.image, accessOf(serving)),
    shapeOf: (serving) => imageShapeOf({ serving, honours, resources }),
    runsImages: workloads.runs.has('image'),
    advice: options.imageAdvice ?? 'Build it with openfunction/builder-node.',
    images,
    pools: sizing,
    onImage: (world) => {
      told.changed(world);
      loop.serveActive(world);
    },
  });
  const claiming = claims({
    workloads,
    // A load may come before the artifact was looked at; what can be told without one should be.
    artifact: async (world, how) => {
      const found = await inspection.module(world, how);
      checkTarget(world, found.artifact);
      return found;
    },
    control,
    ledger: stages,
    stock,
    endings: ending,
    timers,
    metrics,
    privateKey,
    leaseMs,
    wallTime: options.wallTime ?? Date.now,
    problemOf,
    settingsOf: (world, { instance }, { artifact }) => {
      const timeoutMs = Math.min(longestLoadMs, durationMs(world.serving.spec.timeout) ?? loadTimeoutMs);
      const settings = settingsOf({
        serving: world.serving,
        manifest: artifact.manifest,
        source: values,
        instance: instance.id,
        concurrency: world.limits.concurrency,
        loadTimeoutMs: timeoutMs,
        requestTimeoutMs: world.limits.requestTimeoutMs ?? options.requestTimeoutMs ?? 300_000,
        messaging: options.messaging?.(world.serving),
        internalSocket: options.internalSocket,
        clusterDomain: options.clusterDomain,
      });
      return { settings, loadTimeoutMs: timeoutMs };
    },
    refills: (world) => sizing.refills(world.shape.key),
    onRecorded: (id) => sizing.recorded(id),
    onPoolChange: () => sizing.size(),
    onComing: (world, instance) => dial(world, instance, connections),
    onServing: (world, id) => {
      peers.recall(world, id);
      grantSlots(world, connections, timers.now());
      told.changed(world);
    },
    onRefusal: (world, error) => {
      if (world.replicas.size === 0 && world.starting <= 1) peers.refuse(world, error);
      told.changed(world);
    },
    onChange: (world) => told.changed(world),
  });
  const learning = learner({
    workloads,
    view,
    ledger: stages,
    stock,
    endings: ending,
    claims: claiming,
    pools: sizing,
    control,
    timers,
    worlds,
    onPlain: (world) => {
      if (world !== undefined) inspection.find(world);
    },
    onSettled: () => loop.onLearned(),
    digestOf: async (world) => (await artifact(world)).digest,
  });
  const verifying = verifier({
    timers,
    artifact: async (world) => {
      const found = await inspection.inspect(world);
      if (found.artifact !== undefined) checkTarget(world, found.artifact);
      return found;
    },
    problemOf,
    isUnread: (world) => isUnread(world.serving, values),
    onChange: (world) => {
      told.changed(world);
      loop.serve(world);
    },
  });
  const following = servings({
    store: options.store,
    worlds,
    pools: sizing,
    images,
    endings: ending,
    reports: told,
    timers,
    shapeOf: (serving: Serving) => shapeOf({ serving, honours, resources, poolSize: options.poolSize }),
    onComplete: () => loop.onList(),
    onAdded: (world) => {
      verifying.verify(world);
      loop.sourcesReported(world);
    },
  });
  const peers = gateways({
    connections,
    worlds,
    endings: ending,
    timers,
    leading,
    isKnown: () => loop.isKnown(),
    onDemand: (world) => loop.serve(world),
  });
  const sources = sourceReports({ worlds, timers, onReport: (world) => loop.sourcesReported(world) });
  const loop = schedulerLoop({
    worlds,
    connections,
    stages,
    stock,
    view,
    endings: ending,
    pools: sizing,
    claims: claiming,
    images,
    learner: learning,
    gateways: peers,
    liveness: liveness({ control, endings: ending, timers }),
    reports: told,
    sources,
    timers,
    leading,
    isUnread: (world) => isUnread(world.serving, values),
    isComplete: following.isComplete,
  });

  function checkTarget(world: ServingWorld, module: ModuleArtifact): void {
    const problem = targetProblem(module, targetOf(environmentOf(world.serving, values).env, module.manifest));
    if (problem !== undefined) throw problem;
  }

  function problemOf(world: ServingWorld): ReturnType<typeof settingsProblem> {
    return settingsProblem(world.serving, values, options.enableCommand ?? defaultEnableCommand);
  }

  function valuesChanged(world: ServingWorld): void {
    if (world.reason === 'ReferenceNotFound') world.verified = false;
    verifying.verify(world);
    loop.serveActive(world);
  }

  const loops = [
    timers.always('Following Servings', following.follow),
    timers.always('Following instances', view.follow),
    ...values.loops.map((follow) => timers.always('Following Secrets and ConfigMaps', follow)),
  ];
  loop.begin();
  return {
    service: {
      connect: (requests, signal) => peers.connect(requests, signal),
      watchServings: (_, signal) => peers.whileLeading((until) => told.watch(until), signal),
    },
    instances: { ...instanceUses(view, control), endedLog: endedLog(worlds, workloads) },
    sources: {
      reportSources: (requests, signal) => peers.whileLeading((until) => sources.follow(requests, until), signal),
    },
    leadingChanged: loop.followLease,
    metrics: () => metrics.text(sizesOf()) + scaleMetrics(worlds.values()) + sourceMetrics(sources.all()),
    close: async () => {
      timers.close();
      await Promise.allSettled(loops);
    },
  };

  function sizesOf(): Parameters<typeof metrics.text>[0] {
    const sizes = { fresh: 0, starting: sizing.starting(), serving: 0, waiting: 0 };
    for (const [, stage] of stages.entries()) {
      if (stage === 'Fresh') sizes.fresh += 1;
      if (stage === 'Serving') sizes.serving += 1;
    }
    for (const world of worlds.values()) sizes.waiting += waitingIn(world);
    return sizes;
  }
}

function defaultEnableCommand(namespace: string): string {
  return `add "${namespace}" to the namespaces whose Secrets and ConfigMaps pod-pool may read.`;
}
