import {
  enableDaprAnnotation,
  functionDefaults,
  functionLabel,
  isDaprOff,
  mustLoadFirst,
  readyWhenAnnotation,
  replacesAnnotation,
  servingDefaults,
  type Capabilities,
  type FunctionSpec,
  type Serving,
  type ServingTemplateSpec,
} from '@openfunction/resources';
import { because } from '../condition-error.ts';
import { childMeta, childName, servingAnnotations, shortDigest } from './names.ts';
import { ageMs, nameOf, type FunctionWorld, type Phase } from './world.ts';

export interface ServingDecision {
  create?: Serving;
  remove: string[];
  status: Phase;
  /** The Serving that gets the traffic. */
  traffic?: string;
  requeueAfterMs?: number;
}

/** Which Serving a Function has, and which has the traffic. The old one keeps it until the new one is ready. */
export function planServing(world: FunctionWorld, image: string | undefined): ServingDecision {
  const { fn, servings, capabilities } = world;
  const { serving } = fn.spec;
  const before = fn.status?.serving;
  if (serving === undefined) return { remove: servings.map(nameOf), status: { state: 'Skipped' } };
  const old = servings.find((each) => nameOf(each) === before?.lastSuccessfulResourceRef);
  const kept = old === undefined ? {} : { traffic: nameOf(old) };
  const blocked = blockedBy(fn.spec, capabilities);
  if (blocked !== undefined) return { remove: [], status: { ...withoutReason(before), ...blocked }, ...kept };
  // A build that runs or failed changes nothing for callers.
  if (image === undefined) {
    const serves = old === undefined ? { state: '' as const } : { state: 'Running' as const, resourceRef: nameOf(old) };
    return { remove: [], status: { ...withoutReason(before), ...serves }, ...kept };
  }

  const spec: Serving['spec'] = {
    ...serving,
    workloadRuntime: fn.spec.workloadRuntime,
    version: functionDefaults(fn.spec).version,
    image,
    imageCredentials: fn.spec.imageCredentials,
  };
  const annotations = servingAnnotations(fn);
  const hash = shortDigest({ spec, annotations });
  const name = childName(fn.metadata.name, hash);
  const current = servings.find((each) => nameOf(each) === name);
  const superseded = servings.filter((each) => each !== current && each !== old).map(nameOf);
  const base = { resourceRef: name, resourceHash: hash, lastSuccessfulResourceRef: before?.lastSuccessfulResourceRef };
  const replaces: Record<string, string> = old === undefined ? {} : { [replacesAnnotation]: nameOf(old) };
  const loadsFirst: Record<string, string> = mustLoadFirst(fn.metadata.annotations) ? { [readyWhenAnnotation]: 'loaded' } : {};
  const metadata = { ...childMeta(fn, name), annotations: { ...annotations, ...loadsFirst, ...replaces } };
  const create: Serving = { apiVersion: 'core.openfunction.io/v1beta2', kind: 'Serving', metadata, spec };
  if (current !== undefined) {
    const kept = { ...metadata, annotations: current.metadata.annotations };
    const isWhole = current.metadata.labels?.[functionLabel] === fn.metadata.name;
    return { ...follow(world, { current, old, superseded, base }), ...(isWhole ? {} : { create: { ...create, metadata: kept } }) };
  }
  return { create, remove: superseded, status: { ...base, state: 'Starting' }, ...kept };
}

/** Why nothing can be served, whatever the image. */
function blockedBy(spec: FunctionSpec, capabilities: Capabilities): Pick<Phase, 'state' | 'reason' | 'message'> | undefined {
  const { workloadRuntime } = functionDefaults(spec);
  if (workloadRuntime === undefined || (workloadRuntime === 'wasmedge' && !capabilities.has('wasm'))) {
    const message = `The workload runtime "${spec.workloadRuntime}" does not exist here. Use OCIContainer, or leave workloadRuntime out.`;
    return { state: 'UnknownRuntime', reason: because('UnknownRuntime'), message };
  }
  return withoutMessages(spec.serving ?? {}, capabilities);
}

/** Why nothing would ever reach a function that wants messages and nothing else. */
function withoutMessages(
  serving: ServingTemplateSpec,
  capabilities: Capabilities,
): Pick<Phase, 'state' | 'reason' | 'message'> | undefined {
  if (servingDefaults(serving).isHttp) return undefined;
  const refused = (why: string): Pick<Phase, 'state' | 'reason' | 'message'> => ({
    state: 'Failed',
    reason: because('AsyncNotSupported'),
    message: `The function has only dapr triggers, and ${why}`,
  });
  if (!capabilities.has('messaging'))
    return refused('asynchronous functions do not run here yet. Add triggers.http, or wait for a version that runs them.');
  if (isDaprOff(serving.annotations))
    return refused(`its annotation ${enableDaprAnnotation} keeps messages away. Take it out, or add triggers.http.`);
  return undefined;
}

function withoutReason(phase: Partial<Phase> | undefined): Partial<Phase> {
  return { ...phase, reason: undefined, message: undefined };
}

interface Followed {
  current: Serving;
  old: Serving | undefined;
  superseded: string[];
  base: Pick<Phase, 'resourceRef' | 'resourceHash' | 'lastSuccessfulResourceRef'>;
}

function follow(world: FunctionWorld, { current, old, superseded, base }: Followed): ServingDecision {
  const { fn, servings, reports } = world;
  const name = nameOf(current);
  const report = reports.get(name);
  const before = fn.status?.serving;
  const wasReady = before?.lastSuccessfulResourceRef === name;
  // With a minimum somebody has to run; without one, the first version runs when it is called.
  const { firstReplicas } = servingDefaults(fn.spec.serving ?? {}, fn.metadata.annotations);
  const mayBeCold = old === undefined && firstReplicas === 0 && !mustLoadFirst(current.metadata.annotations);
  const isReady = wasReady || report?.proven === true || (mayBeCold && report?.verified === true);
  if (isReady) {
    const gone = servings.filter((each) => each !== current).map(nameOf);
    // It has been ready and so stays; what keeps its newest instance from starting is said all the same.
    const trouble = report !== undefined && report.ready === 0 ? report : undefined;
    const said = { reason: trouble?.reason || undefined, message: trouble?.message || undefined };
    return { remove: gone, status: { ...base, ...said, state: 'Running', lastSuccessfulResourceRef: name }, traffic: name };
  }
  const kept = old === undefined ? {} : { traffic: nameOf(old) };
  return { remove: superseded, ...kept, ...progressOf(world, current, base) };
}

function progressOf(world: FunctionWorld, current: Serving, base: Followed['base']): Pick<ServingDecision, 'status' | 'requeueAfterMs'> {
  const { fn, reports, now } = world;
  const before = fn.status?.serving;
  const report = reports.get(nameOf(current));
  if (report !== undefined && report.reason !== '')
    return { status: { ...base, state: 'Failed', reason: report.reason, message: report.message } };
  const { timeoutMs } = servingDefaults(fn.spec.serving ?? {});
  const leftMs = timeoutMs === undefined ? undefined : timeoutMs - ageMs(current, now);
  if (leftMs !== undefined && leftMs <= 0) {
    const message = `The version was not ready within its timeout of ${fn.spec.serving?.timeout}. It still may become so; else correct it, or raise spec.serving.timeout.`;
    return { status: { ...base, state: 'Timeout', reason: because('ServingTimeout'), message } };
  }
  // Before pod-pool has spoken nothing new is known, so what was said of this Serving stands.
  const isKnown = report === undefined && before?.resourceRef === nameOf(current) && before.state === 'Failed';
  const status: Phase = isKnown
    ? { ...base, state: 'Failed', reason: before.reason, message: before.message }
    : { ...base, state: 'Starting' };
  return leftMs === undefined ? { status } : { status, requeueAfterMs: leftMs };
}
