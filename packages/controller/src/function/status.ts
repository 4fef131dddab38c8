import {
  ignoredFields,
  isFailedState,
  servingLabel,
  setCondition,
  type Capability,
  type Condition,
  type FieldCause,
  type FunctionStatus,
} from '@openfunction/resources';
import { because } from '../condition-error.ts';
import { engine, pooled } from '../serving/conditions.ts';
import type { BuildDecision } from './build-plan.ts';
import { delivering } from './delivering.ts';
import type { ServingDecision } from './serving-plan.ts';
import type { FunctionWorld, Phase } from './world.ts';

type Said = Pick<Condition, 'status' | 'reason' | 'message'>;

const shownCauses = 10;

/** What a Function's status says of these decisions. */
export function functionStatus(world: FunctionWorld, build: BuildDecision, serving: ServingDecision): FunctionStatus {
  const { fn, route, reports } = world;
  const report = serving.traffic === undefined ? undefined : reports.get(serving.traffic);
  const buildReady = phaseCondition(build.status, ['Succeeded', 'Skipped']);
  const servingReady = phaseCondition(serving.status, ['Running', 'Skipped']);
  const routeReady = serving.status.state === 'Skipped' ? undefined : route?.condition;
  const served = serving.status.state === 'Running' && route?.service !== undefined ? { service: route.service } : {};
  const messages = delivering(world, serving.traffic);
  // While a newer version is on its way, what is in the way of the one before says nothing of it: it may be what mends that.
  const connected = serving.traffic === serving.status.resourceRef ? messages.ready : undefined;
  const replicas = serving.traffic === undefined ? 0 : (report?.ready ?? fn.status?.replicas ?? 0);
  return {
    ...fn.status,
    observedGeneration: fn.metadata.generation ?? 0,
    build: build.status,
    serving: { ...serving.status, ...served },
    route: serving.traffic === undefined ? undefined : route?.route,
    addresses: serving.traffic === undefined ? undefined : route?.addresses,
    revision: build.digest === undefined ? fn.status?.revision : { imageDigest: build.digest },
    sources: build.sources ?? fn.status?.sources,
    replicas,
    selector: serving.traffic === undefined ? undefined : `${servingLabel}=${serving.traffic}`,
    conditions: merged(world, [
      ['Accepted', { status: 'True', reason: 'Accepted', message: '' }],
      ['BuildReady', buildReady],
      ['ServingReady', servingReady],
      ['RouteReady', routeReady],
      ['Delivering', messages.condition],
      ['Honoured', honoured(world, serving)],
      ['Pooled', pooled(reports.get(serving.status.resourceRef ?? ''))],
      ['Engine', engine(fn.spec)],
      ['Ready', summary([buildReady, servingReady, routeReady, connected].filter((part) => part !== undefined))],
    ]),
  };
}

/** What a Function's status says when its spec is refused: everything else stays as it was. */
export function refusedStatus(world: FunctionWorld): FunctionStatus {
  const { fn, causes } = world;
  const refused: Said = { status: 'False', reason: 'Invalid', message: causesText(causes) };
  return {
    ...fn.status,
    observedGeneration: fn.metadata.generation ?? 0,
    conditions: merged(world, [
      ['Accepted', refused],
      ['Ready', refused],
    ]),
  };
}

/** The causes as one sentence each. */
export function causesText(causes: readonly FieldCause[]): string {
  const shown = causes.slice(0, shownCauses).map(({ field, message }) => `${field}: ${message}`);
  return [...shown, ...(causes.length > shownCauses ? [`and ${causes.length - shownCauses} more`] : [])].join('; ');
}

function honoured({ fn, capabilities, reports }: FunctionWorld, { status }: ServingDecision): Said {
  const report = reports.get(status.resourceRef ?? '');
  const told = report?.notHonoured ?? [];
  // Only an image has a port, a protocol and labels of its own; those of a runner are the platform's. Where labels mean nothing, pod-pool tells.
  const able = report?.isImage === true ? new Set<Capability>([...capabilities, 'port', 'appProtocol', 'instanceLabels']) : capabilities;
  const ignored = [...ignoredFields(fn.spec, able), ...told.map((path) => path.replace(/^spec\./, 'spec.serving.'))];
  if (ignored.length === 0) return { status: 'True', reason: 'Honoured', message: '' };
  return {
    status: 'False',
    reason: because('FieldsIgnored'),
    message: `These fields have no effect here: ${[...new Set(ignored)].join(', ')}.${sidecarNote(ignored)}`,
  };
}

function sidecarNote(ignored: readonly string[]): string {
  const isOfSidecar = ignored.some((path) => /annotations\[(?:dapr\.io\/|openfunction\.io\/dapr-)/.test(path));
  return isOfSidecar ? " The runtime of a function is the platform's own, not a sidecar." : '';
}

function summary(parts: readonly Said[]): Said {
  const bad = parts.find(({ status }) => status === 'False') ?? parts.find(({ status }) => status !== 'True');
  return bad ?? { status: 'True', reason: 'Ready', message: '' };
}

function merged({ fn, now }: FunctionWorld, said: readonly (readonly [type: string, said: Said | undefined])[]): Condition[] {
  const observedGeneration = fn.metadata.generation ?? 0;
  return said.reduce<Condition[]>(
    (all, [type, each]) =>
      each === undefined ? all.filter((one) => one.type !== type) : setCondition(all, { type, ...each, observedGeneration }, now),
    fn.status?.conditions ?? [],
  );
}

function phaseCondition({ state, reason, message }: Phase, good: readonly string[]): Said {
  // It had been ready, and nothing of it can be started now.
  const isStuck = state === 'Running' && reason !== undefined;
  const status = isFailedState(state) || isStuck ? 'False' : good.includes(state) ? 'True' : 'Unknown';
  return { status, reason: (status === 'False' ? reason : undefined) || (state === '' ? 'Waiting' : state), message: message ?? '' };
}
