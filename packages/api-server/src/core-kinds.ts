import type { ApiKind } from './api-kind.ts';

export const namespaceKind: ApiKind = {
  group: '',
  version: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  namespaced: false,
  hasStatus: false,
  shortNames: ['ns'],
  columns: [{ name: 'Status', type: 'string', jsonPath: '.status.phase' }],
};

export const podKind: ApiKind = {
  group: '',
  version: 'v1',
  kind: 'Pod',
  plural: 'pods',
  namespaced: true,
  hasStatus: true,
  readOnly: true,
  shortNames: ['po'],
  columns: [
    { name: 'Status', type: 'string', jsonPath: '.status.phase' },
    { name: 'Workload', type: 'string', jsonPath: '.metadata.labels.openfunction\\.io/workload' },
    { name: 'Owner', type: 'string', jsonPath: '.metadata.ownerReferences[0].name', priority: 1 },
  ],
};

/** The kinds of Kubernetes' core group that are served beside ours. */
export const coreKinds: readonly ApiKind[] = [
  namespaceKind,
  podKind,
  {
    group: '',
    version: 'v1',
    kind: 'Secret',
    plural: 'secrets',
    namespaced: true,
    hasStatus: false,
    columns: [{ name: 'Type', type: 'string', jsonPath: '.type' }],
  },
  { group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true, hasStatus: false, shortNames: ['cm'] },
  {
    group: '',
    version: 'v1',
    kind: 'Service',
    plural: 'services',
    namespaced: true,
    hasStatus: true,
    shortNames: ['svc'],
    columns: [
      { name: 'Type', type: 'string', jsonPath: '.spec.type' },
      { name: 'External-Name', type: 'string', jsonPath: '.spec.externalName' },
    ],
  },
  {
    group: '',
    version: 'v1',
    kind: 'Event',
    plural: 'events',
    namespaced: true,
    hasStatus: false,
    shortNames: ['ev'],
    columns: [
      { name: 'Last Seen', type: 'date', jsonPath: '.lastTimestamp' },
      { name: 'Type', type: 'string', jsonPath: '.type' },
      { name: 'Reason', type: 'string', jsonPath: '.reason' },
      { name: 'Object', type: 'string', jsonPath: '.involvedObject.name' },
      { name: 'Message', type: 'string', jsonPath: '.message' },
    ],
  },
];
