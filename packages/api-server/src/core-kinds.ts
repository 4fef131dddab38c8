import type { ApiKind } from './api-kind.ts';
import { configMapSchema, eventSchema, namespaceSchema, secretSchema, serviceSchema } from './core-schemas.ts';

export const namespaceKind: ApiKind = {
  group: '',
  version: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  namespaced: false,
  hasStatus: false,
  shortNames: ['ns'],
  schema: namespaceSchema,
  selectableFields: ['.status.phase'],
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
  selectableFields: ['.status.phase'],
  shortNames: ['po'],
  columns: [
    { name: 'Status', type: 'string', jsonPath: '.status.phase' },
    { name: 'Workload', type: 'string', jsonPath: '.metadata.labels.openfunction\\.io/workload' },
    { name: 'Owner', type: 'string', jsonPath: '.metadata.ownerReferences[0].name', priority: 1 },
  ],
};

const eventFields: readonly string[] = [
  ...['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'].map((field) => `.involvedObject.${field}`),
  '.reason',
  '.reportingComponent',
  '.source',
  '.type',
];

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
    schema: secretSchema,
    selectableFields: ['.type'],
    columns: [{ name: 'Type', type: 'string', jsonPath: '.type' }],
  },
  {
    group: '',
    version: 'v1',
    kind: 'ConfigMap',
    plural: 'configmaps',
    namespaced: true,
    hasStatus: false,
    shortNames: ['cm'],
    schema: configMapSchema,
  },
  {
    group: '',
    version: 'v1',
    kind: 'Service',
    plural: 'services',
    namespaced: true,
    hasStatus: true,
    shortNames: ['svc'],
    schema: serviceSchema,
    selectableFields: ['.spec.type'],
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
    schema: eventSchema,
    selectableFields: eventFields,
    columns: [
      { name: 'Last Seen', type: 'date', jsonPath: '.lastTimestamp' },
      { name: 'Type', type: 'string', jsonPath: '.type' },
      { name: 'Reason', type: 'string', jsonPath: '.reason' },
      { name: 'Object', type: 'string', jsonPath: '.involvedObject.name' },
      { name: 'Message', type: 'string', jsonPath: '.message' },
    ],
  },
];
