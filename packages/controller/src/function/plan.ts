import {
  functionLabel,
  replacesAnnotation,
  setCondition,
  type Builder,
  type BuildSpec,
  type Condition,
  type FunctionStatus,
  type OFunction,
  type Serving,
  type State,
} from '@openfunction/resources';
import { childName, shortDigest } from './names.ts';

/** What pod-pool last said of a Serving. */
export interface ServingReport {
  verified: boolean;
  proven: boolean;
  reason: string;
  message: string;
}

export interface FunctionWorld {
  fn: OFunction;
  /** Owned by this Function, by uid. */
  builders: Builder[];
  servings: Serving[];
  /** By name of the Serving. */
  reports: ReadonlyMap<string, ServingReport>;
  /** ISO 8601. */
  now: string;
}

/** One half of the status, with its state decided. */
type Phase = NonNullable<FunctionStatus['build']> & { state: State | '' };

export interface FunctionPlan {
  create: { builder?: Builder; serving?: Serving };
  /** Builders that run for nothing. */
  cancel: Builder[];
  remove: { builders: string[]; servings: string[] };
  status: FunctionStatus;
  /** The Serving that gets the traffic. */
  traffic?: string;
}

const finalBuildStates = ['Succeeded', 'Failed', 'Timeout', 'Canceled'];

/** Which Builder and Serving a Function has, and which Serving has the traffic. The old one keeps it until the new one is ready. */
export function planFunction(world: FunctionWorld): FunctionPlan {
  const build = planBuild(world);
  const serving = planServing(world, build.image);
  return {
    create: {
      ...(build.create === undefined ? {} : { builder: build.create }),
      ...(serving.create === undefined ? {} : { serving: serving.create }),
    },
    cancel: build.cancel,
    remove: { builders: build.remove, servings: serving.remove },
    status: statusOf(world, build, serving),
    ...(serving.traffic === undefined ? {} : { traffic: serving.traffic }),
  };
}

interface BuildDecision {
  create?: Builder;
  cancel: Builder[];
  remove: string[];
  status: Phase;
  /** What to serve; undefined until a build has succeeded. */
  image?: string;
  digest?: string;
}

function planBuild({ fn, builders }: FunctionWorld): BuildDecision {
  const { build, image } = fn.spec;
  if (build === undefined) return { cancel: builders.filter(isRunning), remove: [], status: { state: 'Skipped' }, image };
  const spec = { ...build, image, imageCredentials: fn.spec.imageCredentials };
  const hash = shortDigest(withoutLimits(spec));
  const name = childName(fn.metadata.name, hash);
  const current = builders.find((each) => each.metadata.name === name);
  const others = builders.filter((each) => each !== current);
  const cancel = others.filter(isRunning);
  const remove = expired(
    others.filter((each) => !isRunning(each)),
    build,
  );
  if (current === undefined) {
    const create: Builder = { apiVersion: 'core.openfunction.io/v1beta2', kind: 'Builder', metadata: childMeta(fn, name), spec };
    return {
      create,
      cancel,
      remove,
      status: { ...fn.status?.build, state: 'Created', reason: undefined, message: undefined, resourceRef: name, resourceHash: hash },
    };
  }
  const { state = 'Created', reason, message, output } = current.status ?? {};
  const digest = output?.digest;
  const last = state === 'Succeeded' ? name : fn.status?.build?.lastSuccessfulResourceRef;
  const status = { state, reason, message, resourceRef: name, resourceHash: hash, lastSuccessfulResourceRef: last };
  if (state !== 'Succeeded' || digest === undefined) return { cancel, remove, status };
  return { cancel, remove, status, image: pinned(image, digest), digest };
}

interface ServingDecision {
  create?: Serving;
  remove: string[];
  status: Phase;
  traffic?: string;
}

function planServing({ fn, servings, reports }: FunctionWorld, image: string | undefined): ServingDecision {
  const { serving } = fn.spec;
  const before = fn.status?.serving;
  if (serving === undefined) return { remove: servings.map(nameOf), status: { state: 'Skipped' } };
  const old = servings.find((each) => each.metadata.name === before?.lastSuccessfulResourceRef);
  const kept = old === undefined ? {} : { traffic: nameOf(old) };
  // A build that runs or failed changes nothing for callers.
  if (image === undefined) return { remove: [], status: { ...before, state: old === undefined ? '' : 'Running' }, ...kept };

  const spec = { ...serving, version: fn.spec.version ?? 'latest', image, imageCredentials: fn.spec.imageCredentials };
  const annotations = fn.metadata.annotations ?? {};
  const hash = shortDigest({ spec, annotations: withoutKubectl(annotations) });
  const name = childName(fn.metadata.name, hash);
  const current = servings.find((each) => each.metadata.name === name);
  const superseded = servings.filter((each) => each !== current && each !== old).map(nameOf);
  const base = { resourceRef: name, resourceHash: hash, lastSuccessfulResourceRef: before?.lastSuccessfulResourceRef };
  if (current === undefined) {
    const replaces: Record<string, string> = old === undefined ? {} : { [replacesAnnotation]: nameOf(old) };
    const metadata = { ...childMeta(fn, name), annotations: { ...withoutKubectl(annotations), ...replaces } };
    const create: Serving = { apiVersion: 'core.openfunction.io/v1beta2', kind: 'Serving', metadata, spec };
    return { create, remove: superseded, status: { ...base, state: 'Starting' }, ...kept };
  }
  const report = reports.get(name);
  const wasReady = before?.lastSuccessfulResourceRef === name;
  const isReady = wasReady || (old === undefined ? report?.verified === true || report?.proven === true : report?.proven === true);
  if (isReady) {
    const gone = servings.filter((each) => each !== current).map(nameOf);
    return { remove: gone, status: { ...base, state: 'Running', lastSuccessfulResourceRef: name }, traffic: name };
  }
  const state = report !== undefined && report.reason !== '' ? 'Failed' : 'Starting';
  return {
    remove: superseded,
    status: { ...base, state, reason: report?.reason || undefined, message: report?.message || undefined },
    ...kept,
  };
}

function statusOf({ fn, now }: FunctionWorld, build: BuildDecision, serving: ServingDecision): FunctionStatus {
  const buildReady = conditionOf(build.status, ['Succeeded', 'Skipped']);
  const servingReady = conditionOf(serving.status, ['Running', 'Skipped']);
  const ready = buildReady.status !== 'True' ? buildReady : servingReady;
  const conditions = [
    { type: 'Accepted', status: 'True' as const, reason: 'Accepted', message: '' },
    { type: 'BuildReady', ...buildReady },
    { type: 'ServingReady', ...servingReady },
    { type: 'Ready', ...ready, ...(ready.status === 'True' ? { reason: 'Ready', message: '' } : {}) },
  ];
  const observedGeneration = fn.metadata.generation ?? 0;
  return {
    ...fn.status,
    route: undefined,
    addresses: undefined,
    observedGeneration,
    build: build.status,
    serving: serving.status,
    ...(build.digest === undefined ? {} : { revision: { imageDigest: build.digest } }),
    conditions: conditions.reduce(
      (merged, each) => setCondition(merged, { ...each, observedGeneration }, now),
      fn.status?.conditions ?? [],
    ),
  };
}

function conditionOf({ state, reason, message }: Phase, good: string[]): Pick<Condition, 'status' | 'reason' | 'message'> {
  const isFailed = ['Failed', 'Timeout', 'Canceled'].includes(state);
  const status = good.includes(state) ? 'True' : isFailed ? 'False' : 'Unknown';
  return { status, reason: (status === 'False' ? reason : undefined) ?? (state === '' ? 'Waiting' : state), message: message ?? '' };
}

function withoutLimits(spec: BuildSpec): unknown {
  const { successfulBuildsHistoryLimit: _s, failedBuildsHistoryLimit: _f, builderMaxAge: _a, timeout: _t, ...rest } = spec;
  return rest;
}

function withoutKubectl(annotations: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(annotations).filter(([name]) => name !== 'kubectl.kubernetes.io/last-applied-configuration'));
}

function expired(finished: Builder[], { successfulBuildsHistoryLimit = 0, failedBuildsHistoryLimit = 1 }: BuildSpec): string[] {
  const newestFirst = [...finished].sort((a, b) => (b.metadata.creationTimestamp ?? '').localeCompare(a.metadata.creationTimestamp ?? ''));
  const succeeded = newestFirst.filter((each) => each.status?.state === 'Succeeded');
  const failed = newestFirst.filter((each) => each.status?.state !== 'Succeeded');
  return [...succeeded.slice(successfulBuildsHistoryLimit), ...failed.slice(failedBuildsHistoryLimit)].map(nameOf);
}

function childMeta(fn: OFunction, name: string): Builder['metadata'] {
  const owner = {
    apiVersion: fn.apiVersion,
    kind: fn.kind,
    name: fn.metadata.name,
    uid: fn.metadata.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  };
  return { name, namespace: fn.metadata.namespace, labels: { [functionLabel]: fn.metadata.name }, ownerReferences: [owner] };
}

function pinned(image: string, digest: string): string {
  return `${image.split('@')[0]}@${digest}`;
}

function isRunning(builder: Builder): boolean {
  return !finalBuildStates.includes(builder.status?.state ?? '') && builder.spec.state !== 'Cancelled';
}

function nameOf(object: Builder | Serving): string {
  return object.metadata.name;
}
