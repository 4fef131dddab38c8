import type { InstanceTemplate, Workload } from '@openfunction/workload';

type Json = Record<string, unknown>;

export const container = 'instance';
/** What every container of a function's pod is held to: the `restricted` standard of Kubernetes. */
export const restricted: Json = { allowPrivilegeEscalation: false, runAsNonRoot: true, capabilities: { drop: ['ALL'] } };
/** Time in which the gateways hear that a pod ends, before it is told so itself. */
const lastRequestsSeconds = 5;

/** An image that is no runner of ours: it does what its own command does, and serves on its port. */
export function isPlain({ artifact, template }: Workload): boolean {
  return artifact.kind === 'image' && template.port !== undefined;
}

const volumeName = (index: number): string => `volume-${index}`;

/** The volumes of the function's template; by number, since their own names might be ours. */
export function volumesOf({ pod }: InstanceTemplate): Json[] {
  return (pod?.template.volumes ?? []).map((volume, index) => ({ ...volume, name: volumeName(index) }));
}

interface Mount extends Json {
  mountPath: string;
}

function mountsIn({ pod }: InstanceTemplate, at: number): Mount[] {
  const names = (pod?.template.volumes ?? []).map(({ name }) => name);
  return (pod?.template.containers?.[at]?.volumeMounts ?? []).flatMap((mount) =>
    mount.mountPath.startsWith('/') && names.includes(mount.name) ? [{ ...mount, name: volumeName(names.indexOf(mount.name)) }] : [],
  );
}

/** Where the function's own container has them. A path that is not absolute is below a runner's work folder, and no mount. */
export function mountsOf(template: InstanceTemplate): Mount[] {
  return template.pod === undefined ? [] : mountsIn(template, template.pod.container);
}

/** The containers beside the function's. */
export function sidecarsOf(template: InstanceTemplate): Json[] {
  const { pod } = template;
  return (pod?.template.containers ?? []).flatMap((given, at) =>
    at === pod?.container || given.image === undefined
      ? []
      : [{ ...given, volumeMounts: mountsIn(template, at), securityContext: restricted }],
  );
}

const placing = ['nodeSelector', 'tolerations', 'affinity', 'serviceAccountName', 'runtimeClassName', 'topologySpreadConstraints'] as const;

/** Where the pod runs, as whom, and with which credentials its images are pulled. */
export function placementOf({ pod, pullSecrets = [] }: InstanceTemplate): Json {
  const given = placing.flatMap((field) => (pod?.template[field] === undefined ? [] : [[field, pod.template[field]] as const]));
  return {
    ...Object.fromEntries(given),
    ...(pullSecrets.length === 0 ? {} : { imagePullSecrets: pullSecrets.map((name) => ({ name })) }),
  };
}

/** The container of an image that serves by itself; `reserved` is what it reserves when its template says nothing. Its values of Secrets and ConfigMaps are read by the kubelet. */
export function functionContainerOf(workload: Workload, reserved: Json): Json {
  const { artifact, template } = workload;
  const { port = 0, cpu, memory, ephemeralStorage } = template;
  const given = template.pod?.template.containers?.[template.pod.container];
  const { command, args, workingDir, envFrom, imagePullPolicy, livenessProbe, startupProbe, readinessProbe, ports = [] } = given ?? {};
  const limits = { cpu, memory, 'ephemeral-storage': ephemeralStorage, ...given?.resources?.limits };
  // As with an instance of the pool: who asks for nothing reserves little, and may use more.
  const requests = given?.resources === undefined ? reserved : given.resources.requests;
  const env = new Map([...plainEnv(template), ...(given?.env ?? []).map((one) => [one.name, one] as const)]);
  return {
    name: container,
    image: artifact.kind === 'image' ? artifact.ref : '',
    ...defined({ command, args, workingDir, envFrom, imagePullPolicy, livenessProbe, startupProbe }),
    env: [...env.values()],
    ports: ports.some(({ containerPort }) => containerPort === port) ? ports : [{ containerPort: port }, ...ports],
    readinessProbe: readinessProbe ?? { tcpSocket: { port }, periodSeconds: 1, timeoutSeconds: 1, failureThreshold: 3 },
    lifecycle: { preStop: { sleep: { seconds: lastRequests(template) } } },
    resources: { limits: defined(limits), ...defined({ requests }) },
    securityContext: restricted,
    volumeMounts: mountsOf(template),
  };
}

function plainEnv({ env = {} }: InstanceTemplate): [name: string, variable: Json][] {
  return Object.entries(env).map(([name, value]) => [name, { name, value }]);
}

/** Half of the grace at most: the other half is for what the program does at its end. */
function lastRequests({ pod }: InstanceTemplate): number {
  const grace = pod?.template.terminationGracePeriodSeconds ?? 30;
  return Math.max(1, Math.min(lastRequestsSeconds, Math.floor(grace / 2)));
}

function defined(values: Json): Json {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
