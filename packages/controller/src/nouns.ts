import type { Condition, KubeObject, ObjectMeta, ResourceKind } from '@openfunction/resources';

/** The fields of the kinds that decisions here depend on; everything else travels along untouched. */
export interface BuildSpec {
  [field: string]: unknown;
  timeout?: string;
  successfulBuildsHistoryLimit?: number;
  failedBuildsHistoryLimit?: number;
  builderMaxAge?: string;
}

export interface ServingFields {
  [field: string]: unknown;
  triggers?: { http?: { port?: number; route?: { gatewayRef?: { name: string; namespace?: string }; hostnames?: string[]; rules?: unknown[] } }; dapr?: unknown[] };
}

export interface FunctionObject extends KubeObject {
  metadata: ObjectMeta;
  spec: { [field: string]: unknown; image: string; version?: string; imageCredentials?: { name: string }; build?: BuildSpec; serving?: ServingFields };
  status?: FunctionStatus;
}

export interface PhaseStatus {
  state: string;
  reason?: string;
  message?: string;
  resourceRef?: string;
  lastSuccessfulResourceRef?: string;
  resourceHash?: string;
}

export interface FunctionStatus {
  observedGeneration?: number;
  conditions?: Condition[];
  build?: PhaseStatus;
  serving?: PhaseStatus;
  revision?: { imageDigest: string };
  route?: { hosts: string[]; paths: { type: string; value: string }[] };
  addresses?: { type: 'Internal' | 'External'; value: string }[];
}

export interface BuilderObject extends KubeObject {
  spec: BuildSpec & { image: string; state?: string };
  status?: { phase?: string; state?: string; reason?: string; message?: string; output?: { digest: string; size: number }; sources?: unknown[] };
}

export interface ServingObject extends KubeObject {
  spec: ServingFields & { image: string; version?: string };
  status?: { state?: string; reason?: string; message?: string };
}

export interface GatewayObject extends KubeObject {
  spec: { [field: string]: unknown; domain: string; clusterDomain?: string; hostTemplate?: string; pathTemplate?: string };
}

const core = { group: 'core.openfunction.io', version: 'v1beta2', namespaced: true, hasStatus: true } as const;

export const functionKind: ResourceKind<FunctionObject> = { ...core, kind: 'Function', plural: 'functions' };
export const builderKind: ResourceKind<BuilderObject> = { ...core, kind: 'Builder', plural: 'builders' };
export const servingKind: ResourceKind<ServingObject> = { ...core, kind: 'Serving', plural: 'servings' };
export const gatewayKind: ResourceKind<GatewayObject> = { group: 'networking.openfunction.io', version: 'v1alpha1', kind: 'Gateway', plural: 'gateways', namespaced: true, hasStatus: true };
export const functionLabel = 'openfunction.io/function';
/** On a Serving that is to take over from a ready one: pod-pool keeps an instance of it until it is ready. */
export const replacesAnnotation = 'openfunction.io/replaces';
