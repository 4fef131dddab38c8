/** One thing that is wrong with an object; `field` is a path such as `spec.image`. */
export interface FieldCause {
  field: string;
  reason: 'FieldValueInvalid' | 'FieldValueRequired' | 'FieldValueForbidden' | 'FieldValueNotSupported';
  message: string;
}

/** Refused, also by the CRDs. */
export const podFields: readonly string[] = [
  'hostNetwork',
  'hostPID',
  'hostIPC',
  'hostUsers',
  'initContainers',
  'ephemeralContainers',
  'hostAliases',
  'nodeName',
  'priorityClassName',
  'priority',
  'shareProcessNamespace',
  'securityContext',
  'schedulerName',
  'hostname',
  'subdomain',
];
/** Refused, also by the CRDs. */
export const containerFields: readonly string[] = ['securityContext', 'lifecycle', 'volumeDevices', 'stdin', 'tty'];
/** Refused, also by the CRDs. */
export const portFields: readonly string[] = ['hostPort', 'hostIP'];
/** Refused, also by the CRDs. */
export const volumeFields: readonly string[] = ['hostPath', 'nfs', 'csi', 'iscsi', 'rbd', 'cephfs', 'glusterfs', 'flexVolume', 'ephemeral'];
/** Refused, also by the CRDs. */
export const envNames: readonly string[] = ['LD_PRELOAD', 'LD_LIBRARY_PATH', 'LD_AUDIT', 'NODE_OPTIONS', 'PATH'];

type Fields = Record<string, unknown>;

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

function itemsOf(value: unknown): Fields[] {
  return Array.isArray(value) ? value.map(fieldsOf) : [];
}

/** Why a field of a pod is refused. */
export function forbiddenMessage(name: string): string {
  return `${name} would let a function reach beyond its own sandbox; remove it`;
}

function forbidden(value: Fields, names: readonly string[], path: string): FieldCause[] {
  return names
    .filter((name) => name in value)
    .map((name) => ({
      field: `${path}.${name}`,
      reason: 'FieldValueForbidden',
      message: forbiddenMessage(name),
    }));
}

/** Refuses names with which a function's environment would change the runner itself. */
export function refuseEnvNames(names: readonly string[], path: string): FieldCause[] {
  return names
    .filter((name) => envNames.includes(name))
    .map((name) => ({
      field: path,
      reason: 'FieldValueForbidden',
      message: `${name} would change the runner and not only the function; choose another name`,
    }));
}

function refusedInContainer(container: Fields, path: string): FieldCause[] {
  const names = itemsOf(container['env']).map((entry) => String(entry['name']));
  const ports = itemsOf(container['ports']).flatMap((port, i) => forbidden(port, portFields, `${path}.ports[${i}]`));
  return [...forbidden(container, containerFields, path), ...ports, ...refuseEnvNames(names, `${path}.env`)];
}

/** Looks at the object as it was sent, before unknown fields are pruned. */
export function refusedInTemplate(template: unknown, path: string): FieldCause[] {
  const pod = fieldsOf(template);
  return [
    ...forbidden(pod, podFields, path),
    ...itemsOf(pod['containers']).flatMap((item, i) => refusedInContainer(item, `${path}.containers[${i}]`)),
    ...itemsOf(pod['volumes']).flatMap((item, i) => forbidden(item, volumeFields, `${path}.volumes[${i}]`)),
  ];
}
