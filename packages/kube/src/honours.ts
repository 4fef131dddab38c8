import type { TemplateField } from '@openfunction/workload';

/** All that a pod can be given. */
export const honours: ReadonlySet<TemplateField> = new Set<TemplateField>([
  'env',
  'labels',
  'annotations',
  'cpu',
  'memory',
  'ephemeralStorage',
  'secretFiles',
  'deadlineSeconds',
  'volumes',
  'nodeSelector',
  'tolerations',
  'affinity',
  'serviceAccountName',
  'imagePullSecrets',
  'runtimeClassName',
  'topologySpreadConstraints',
  'sidecars',
  'command',
  'ports',
  'imagePullPolicy',
  'probes',
  'references',
]);
