import { unknownAutoscaling } from './autoscaling/read.ts';
import { unknownAdvanced } from './autoscaling/scaling-behavior.ts';
import type { FunctionSpec } from './function/schema.ts';
import { appProtocolAnnotation } from './serving/app-protocol.ts';
import { isDaprOff, unheededDapr } from './serving/dapr-annotations.ts';
import { defaultPort } from './serving/defaults.ts';

/** What a ground may honour beyond what every ground does. */
export type Capability =
  | 'builderCredentials'
  | 'dockerfile'
  | 'shipwright'
  | 'port'
  | 'appProtocol'
  | 'messaging'
  | 'states'
  | 'knative'
  | 'keda'
  | 'jobs'
  | 'tracing'
  | 'workloadType'
  | 'instanceLabels'
  | 'sidecars'
  | 'wasm';

/** What the ground can do, as data. */
export type Capabilities = ReadonlySet<Capability>;

function isSet(value: unknown): boolean {
  if (value === undefined || value === '' || value === false) return false;
  return typeof value !== 'object' || value === null || Object.keys(value).length > 0;
}

/** `undefined`: no ground honours it. */
type Candidate = readonly [needs: Capability | undefined, path: string, value: unknown];

/** The one parameter that every build takes: what opens registries of packages. */
function isNpmrc(param: unknown): boolean {
  return (param as { name?: unknown } | null)?.name === 'NPMRC';
}

function buildCandidates({ build }: FunctionSpec): Candidate[] {
  return [
    ['builderCredentials', 'spec.build.builderCredentials', build?.builderCredentials],
    ['shipwright', 'spec.build.shipwright.strategy', build?.shipwright?.strategy],
    ['shipwright', 'spec.build.shipwright.params', build?.shipwright?.params?.filter((each) => !isNpmrc(each))],
    ['dockerfile', 'spec.build.dockerfile', build?.builder === undefined ? undefined : build.dockerfile],
  ];
}

function scaleCandidates({ serving }: FunctionSpec, capabilities: Capabilities): Candidate[] {
  const { knative, keda } = serving?.scaleOptions ?? {};
  const { cooldownPeriod: _honoured, ...scaledObject } = keda?.scaledObject ?? {};
  const unknown = (map: object | undefined, path: string): Candidate[] =>
    unknownAutoscaling(map as Record<string, unknown>).map((name) => ['knative', `${path}[${name}]`, name]);
  const at = 'spec.serving.scaleOptions';
  const advanced = unknownAdvanced(scaledObject.advanced, `${at}.keda.scaledObject.advanced`);
  return [
    ...unknown(knative, `${at}.knative`),
    ...unknown(serving?.annotations, 'spec.serving.annotations'),
    ['keda', `${at}.keda.scaledObject`, scaledObject],
    ...(capabilities.has('keda') ? advanced : []).map((path): Candidate => [undefined, path, path]),
    ['jobs', `${at}.keda.scaledJob`, keda?.scaledJob],
    ['keda', `${at}.keda.triggers`, keda?.triggers],
  ];
}

function triggerCandidates({ serving }: FunctionSpec): Candidate[] {
  const { http, dapr, inputs } = serving?.triggers ?? {};
  const needs = isDaprOff(serving?.annotations) ? undefined : 'messaging';
  return [
    ['port', 'spec.serving.triggers.http.port', http?.port === defaultPort ? undefined : http?.port],
    [needs, 'spec.serving.triggers.dapr', dapr],
    [needs, 'spec.serving.triggers.inputs', inputs],
  ];
}

function servingCandidates({ serving }: FunctionSpec): Candidate[] {
  const containers = serving?.template?.containers ?? [];
  const sidecars = containers.flatMap(({ name }, index): Candidate[] =>
    name === 'function' || containers.length === 1 ? [] : [['sidecars', `spec.serving.template.containers[${index}]`, name]],
  );
  const isOff = isDaprOff(serving?.annotations);
  const protocol = serving?.annotations?.[appProtocolAnnotation];
  const messaging = isOff ? undefined : 'messaging';
  return [
    [messaging, 'spec.serving.outputs', serving?.outputs],
    [messaging, 'spec.serving.bindings', serving?.bindings],
    [messaging, 'spec.serving.pubsub', serving?.pubsub],
    [isOff ? undefined : 'states', 'spec.serving.states', serving?.states],
    ['appProtocol', `spec.serving.annotations[${appProtocolAnnotation}]`, protocol === 'http' ? undefined : protocol],
    ...unheededDapr(serving?.annotations).map((name): Candidate => [undefined, `spec.serving.annotations[${name}]`, name]),
    ['instanceLabels', 'spec.serving.labels', serving?.labels],
    ['tracing', 'spec.serving.tracing', serving?.tracing],
    [workloadNeeds(serving?.workloadType), 'spec.serving.workloadType', serving?.workloadType],
    ...sidecars,
  ];
}

/** Instances are alike and have no names to keep, as those of a Deployment. */
function workloadNeeds(type: string | undefined): Capability | undefined {
  if (type === 'StatefulSet') return undefined;
  return type === 'Job' ? 'jobs' : 'workloadType';
}

/** Paths of the fields that a Function sets and that have no effect where only so much is honoured. */
export function ignoredFields(spec: FunctionSpec, capabilities: Capabilities): string[] {
  const candidates = [
    ...buildCandidates(spec),
    ...triggerCandidates(spec),
    ...scaleCandidates(spec, capabilities),
    ...servingCandidates(spec),
  ];
  return candidates.filter(([needs, , value]) => (needs === undefined || !capabilities.has(needs)) && isSet(value)).map(([, path]) => path);
}
