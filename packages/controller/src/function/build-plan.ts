import {
  buildDefaults,
  isEndedBuild,
  sameJson,
  type Builder,
  type BuildSpec,
  type FunctionStatus,
  type OFunction,
} from '@openfunction/resources';
import { childMeta, childName, shortDigest } from './names.ts';
import { ageMs, nameOf, sooner, type FunctionWorld, type Phase } from './world.ts';

/** On a Builder that the platform cancelled because a newer one took its place, and not a person. */
export const supersededAnnotation = 'openfunction.io/superseded';

export interface BuildDecision {
  create?: Builder;
  /** Builders that run for nothing. */
  cancel: Builder[];
  remove: string[];
  status: Phase;
  /** What to serve; undefined until a build has succeeded. */
  image?: string;
  digest?: string;
  sources?: FunctionStatus['sources'];
  requeueAfterMs?: number;
}

/** Which Builder a Function has, and what it made. */
export function planBuild(world: FunctionWorld): BuildDecision {
  const { fn, builders } = world;
  const { build, image } = fn.spec;
  if (build === undefined) return { cancel: builders.filter(isRunning), remove: [], status: { state: 'Skipped' }, image };
  const spec = { ...build, image, imageCredentials: fn.spec.imageCredentials };
  const hash = shortDigest(withoutLimits(spec));
  const name = childName(fn.metadata.name, hash);
  const current = builders.find((each) => nameOf(each) === name);
  const others = builders.filter((each) => each !== current);
  const base = { cancel: others.filter(isRunning), ...expired(world, others, build) };
  if (current?.metadata.annotations?.[supersededAnnotation] !== undefined) {
    // It is wanted again: a cancelled build does not go on, so it is made anew once this one is gone.
    return { ...base, remove: [...base.remove, name], status: started(fn, name, hash), requeueAfterMs: 0 };
  }
  if (current === undefined) return builtBefore(fn, hash, base) ?? { ...base, ...begin(fn, name, hash, spec) };
  const wanted = { ...spec, state: current.spec.state };
  const isChanged = !isEndedBuild(current.status?.state) && !sameJson(current.spec, wanted);
  return { ...base, ...outcome(fn, current, hash), ...(isChanged ? { create: { ...current, spec: wanted } } : {}) };
}

function started(fn: OFunction, name: string, hash: string): Phase {
  const { lastSuccessfulResourceRef } = fn.status?.build ?? {};
  return { state: 'Created', resourceRef: name, resourceHash: hash, lastSuccessfulResourceRef };
}

function begin(fn: OFunction, name: string, hash: string, spec: Builder['spec']): Pick<BuildDecision, 'create' | 'status'> {
  const create: Builder = { apiVersion: 'core.openfunction.io/v1beta2', kind: 'Builder', metadata: childMeta(fn, name), spec };
  return { create, status: started(fn, name, hash) };
}

/** A Builder may be deleted once it has succeeded: what it made is known by its digest. */
function builtBefore(fn: OFunction, hash: string, base: Pick<BuildDecision, 'cancel' | 'remove'>): BuildDecision | undefined {
  const { build, revision, sources } = fn.status ?? {};
  const digest = revision?.imageDigest;
  if (build?.state !== 'Succeeded' || build.resourceHash !== hash || digest === undefined) return undefined;
  return { ...base, status: { ...build, state: 'Succeeded' }, image: pinned(fn.spec.image, digest), digest, sources };
}

function outcome(fn: OFunction, builder: Builder, hash: string): Omit<BuildDecision, 'cancel' | 'remove'> {
  const { state = 'Created', reason, message, output, buildDuration, sources } = builder.status ?? {};
  const name = nameOf(builder);
  const last = state === 'Succeeded' ? name : fn.status?.build?.lastSuccessfulResourceRef;
  const status: Phase = {
    state: state || 'Created',
    reason,
    message,
    resourceRef: name,
    resourceHash: hash,
    lastSuccessfulResourceRef: last,
    buildDuration,
  };
  if (state !== 'Succeeded') return { status };
  const digest = output?.digest;
  return { status, sources, ...(digest === undefined ? { image: fn.spec.image } : { image: pinned(fn.spec.image, digest), digest }) };
}

function withoutLimits(spec: BuildSpec): unknown {
  const { successfulBuildsHistoryLimit: _s, failedBuildsHistoryLimit: _f, builderMaxAge: _a, timeout: _t, ...rest } = spec;
  return rest;
}

/** Superseded Builders that are over a limit, and when the next one will be. */
function expired({ now }: FunctionWorld, others: readonly Builder[], build: BuildSpec): Pick<BuildDecision, 'remove' | 'requeueAfterMs'> {
  const { successfulBuildsHistoryLimit, failedBuildsHistoryLimit, builderMaxAgeMs } = buildDefaults(build);
  const finished = others.filter((each) => !isRunning(each));
  const newestFirst = finished.toSorted((a, b) => (b.metadata.creationTimestamp ?? '').localeCompare(a.metadata.creationTimestamp ?? ''));
  const succeeded = newestFirst.filter((each) => each.status?.state === 'Succeeded').slice(0, successfulBuildsHistoryLimit);
  const failed = newestFirst.filter((each) => each.status?.state !== 'Succeeded').slice(0, failedBuildsHistoryLimit);
  const kept = [...succeeded, ...failed].filter((each) => builderMaxAgeMs === undefined || ageMs(each, now) < builderMaxAgeMs);
  const next = kept.reduce<number | undefined>(
    (soonest, each) => (builderMaxAgeMs === undefined ? soonest : sooner(soonest, builderMaxAgeMs - ageMs(each, now))),
    undefined,
  );
  const remove = finished.filter((each) => !kept.includes(each)).map(nameOf);
  return next === undefined ? { remove } : { remove, requeueAfterMs: next };
}

function pinned(image: string, digest: string): string {
  return `${image.split('@')[0]}@${digest}`;
}

function isRunning(builder: Builder): boolean {
  return !isEndedBuild(builder.status?.state) && builder.spec.state !== 'Cancelled';
}
