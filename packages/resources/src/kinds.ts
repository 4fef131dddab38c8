import type { Builder } from './builder/schema.ts';
import type { ConfigMap, Event, Lease, Namespace, Secret, Service } from './core.ts';
import type { OFunction } from './function/schema.ts';
import type { Gateway } from './gateway/schema.ts';
import type { ResourceKind } from './object.ts';
import type { ReferenceGrant } from './reference-grant/schema.ts';
import type { Serving } from './serving/schema.ts';

const openfunction = { group: 'core.openfunction.io', version: 'v1beta2', namespaced: true, hasStatus: true } as const;
const core = { group: '', version: 'v1', namespaced: true, hasStatus: false } as const;

export const functionKind: ResourceKind<OFunction> = { ...openfunction, kind: 'Function', plural: 'functions' };
export const builderKind: ResourceKind<Builder> = { ...openfunction, kind: 'Builder', plural: 'builders' };
export const servingKind: ResourceKind<Serving> = { ...openfunction, kind: 'Serving', plural: 'servings' };
export const gatewayKind: ResourceKind<Gateway> = {
  ...openfunction,
  group: 'networking.openfunction.io',
  version: 'v1alpha1',
  kind: 'Gateway',
  plural: 'gateways',
};
/** Former versions of kinds: taken and shown, never stored. */
export const olderFunctionKind: ResourceKind = { ...functionKind, version: 'v1beta1' };
export const olderBuilderKind: ResourceKind = { ...builderKind, version: 'v1beta1' };
export const olderServingKind: ResourceKind = { ...servingKind, version: 'v1beta1' };
export const namespaceKind: ResourceKind<Namespace> = {
  ...core,
  kind: 'Namespace',
  plural: 'namespaces',
  namespaced: false,
  hasStatus: true,
};
export const secretKind: ResourceKind<Secret> = { ...core, kind: 'Secret', plural: 'secrets' };
export const configMapKind: ResourceKind<ConfigMap> = { ...core, kind: 'ConfigMap', plural: 'configmaps' };
export const serviceKind: ResourceKind<Service> = { ...core, kind: 'Service', plural: 'services', hasStatus: true };
export const eventKind: ResourceKind<Event> = { ...core, kind: 'Event', plural: 'events' };
export const podKind: ResourceKind = { ...core, kind: 'Pod', plural: 'pods', hasStatus: true };
export const leaseKind: ResourceKind<Lease> = { ...core, group: 'coordination.k8s.io', kind: 'Lease', plural: 'leases' };

/** Of the Gateway API: embedded it is served, on a cluster it may be installed or not. */
export const referenceGrantKind: ResourceKind<ReferenceGrant> = {
  ...core,
  group: 'gateway.networking.k8s.io',
  version: 'v1beta1',
  kind: 'ReferenceGrant',
  plural: 'referencegrants',
};

/** Every kind that a Store is asked to keep. */
export const allKinds: readonly ResourceKind[] = [
  functionKind,
  builderKind,
  servingKind,
  gatewayKind,
  namespaceKind,
  secretKind,
  configMapKind,
  serviceKind,
  eventKind,
  podKind,
  leaseKind,
  referenceGrantKind,
];
