const reach: readonly string[] = [
  'hostNetwork',
  'hostPID',
  'hostIPC',
  'hostUsers',
  'hostPort',
  'hostIP',
  'hostPath',
  'hostAliases',
  'host',
  'shareProcessNamespace',
  'securityContext',
  'initContainers',
  'ephemeralContainers',
  'volumeDevices',
  'mountPropagation',
  'automountServiceAccountToken',
  'serviceAccount',
];
const placing: readonly string[] = ['nodeName', 'schedulerName', 'priority', 'priorityClassName', 'preemptionPolicy', 'schedulingGates'];

/** Why a field of a pod is refused, and what to do. */
export function refusalOf(name: string): string {
  if (reach.includes(name)) return `${name} would let a function reach beyond its own sandbox; remove it`;
  if (placing.includes(name)) return `${name} is decided by the platform; remove it`;
  return `${name} is not among the fields that a function may set; remove it`;
}
