import type { KubeObject, OwnerReference } from '@openfunction/resources';
import { lesserQuantity, type Owner, type Workload } from '@openfunction/workload';
import { container, functionContainerOf, isPlain, mountsOf, placementOf, restricted, sidecarsOf, volumesOf } from './function-pod.ts';

export const labels = {
  managedBy: 'app.kubernetes.io/managed-by',
  workload: 'openfunction.io/workload',
  /** What the Deployment selects by: an adopted pod loses it, and with it the Deployment. */
  pool: 'openfunction.io/pool',
  owner: 'openfunction.io/owner-uid',
  /** Runs our runner, which announces a key that settings are sealed for. */
  runtime: 'openfunction.io/runtime',
} as const;

export const annotations = {
  digest: 'openfunction.io/digest',
  owner: 'openfunction.io/owner',
  adopted: 'openfunction.io/adopted',
  /** The port of an image that is no runner. */
  port: 'openfunction.io/port',
  /** Of Kubernetes: of too many pods the ones that cost least go first. */
  deletionCost: 'controller.kubernetes.io/pod-deletion-cost',
} as const;

export const manager = 'openfunction';

/** What all pods of a kind have: by these others select them. */
export function instanceLabels(kind: 'runner' | 'image' | 'build'): Record<string, string> {
  const runtime: Record<string, string> = kind === 'image' ? {} : { [labels.runtime]: kind === 'runner' ? 'node' : 'build' };
  return { [labels.managedBy]: manager, ...runtime };
}
export const controlPort = 9000;
export const trafficPort = 8080;

/** What the runners of the platform are here: an image, and what its instances are told beside their template. */
export type Runtimes = Record<'node' | 'build', { image: string; env?: Record<string, string> }>;

/** What instances reserve of their node, as Kubernetes quantities. */
export interface Requests {
  cpu: string;
  memory: string;
  ephemeralStorage: string;
}

/** What the pods of all Workloads have in common here. */
export interface PodSettings {
  runtimes: Runtimes;
  /** Of an instance of a pool, which mostly waits: less than its limits. One with an owner, who chose its resources, reserves them whole. */
  poolRequests: Requests;
}

type Json = Record<string, unknown>;

const env: { name: string; value?: string; valueFrom?: unknown }[] = [
  { name: 'OFN_INSTANCE_ID', valueFrom: { fieldRef: { fieldPath: 'metadata.uid' } } },
  { name: 'OFN_CONTROL', value: `tcp:0.0.0.0:${controlPort}` },
  { name: 'OFN_TRAFFIC', value: `tcp:0.0.0.0:${trafficPort}` },
  { name: 'OFN_WORK_DIR', value: '/work' },
  { name: 'OFN_RESULT', value: '/dev/termination-log' },
  { name: 'OFN_SEAL', value: '1' },
];

/** The owner as the API server knows it: whose deletion takes along what it owns. */
export function ownerReference(owner: Owner): OwnerReference {
  return { apiVersion: owner.apiVersion, kind: owner.kind, name: owner.key.name, uid: owner.uid, controller: true };
}

function envOf({ artifact, template }: Workload, settings: PodSettings): Json[] {
  const common = artifact.kind === 'runner' ? settings.runtimes[artifact.runtime].env : {};
  const given = Object.entries({ ...common, ...template.env }).map(([name, value]) => ({ name, value }));
  const own = new Set(env.map(({ name }) => name));
  return [...given.filter(({ name }) => !own.has(name)), ...env];
}

/** Never more than the limits. */
function littleRequests({ cpu, memory, ephemeralStorage }: Workload['template'], requests: Requests): Json {
  const least = (request: string, limit = request): string => lesserQuantity(request, limit);
  return {
    cpu: least(requests.cpu, cpu),
    memory: least(requests.memory, memory),
    'ephemeral-storage': least(requests.ephemeralStorage, ephemeralStorage),
  };
}

function resourcesOf(workload: Workload, { poolRequests }: PodSettings): Json {
  const { template, owner, run } = workload;
  const { cpu = '500m', memory = '256Mi', ephemeralStorage = '512Mi' } = template;
  const limits = { cpu, memory, 'ephemeral-storage': ephemeralStorage };
  if (owner !== undefined || run === 'once') return { limits, requests: limits };
  return { limits, requests: littleRequests(workload.template, poolRequests) };
}

/** A runner is ready when its control endpoint says so; of any other image only its port is known. */
function readinessOf({ artifact, run }: Workload): Json | undefined {
  if (run === 'once') return undefined;
  const probe = artifact.kind === 'runner' ? { httpGet: { path: '/v1/health', port: controlPort } } : { tcpSocket: { port: trafficPort } };
  return { ...probe, periodSeconds: 1, timeoutSeconds: 1, failureThreshold: 3 };
}

function containerOf(workload: Workload, settings: PodSettings): Json {
  const secrets = (workload.template.secretFiles ?? []).map(({ mountPath }, index) => ({
    name: `secret-${index}`,
    mountPath,
    readOnly: true,
  }));
  const readinessProbe = readinessOf(workload);
  const mounted = mountsOf(workload.template);
  const own = [
    { name: 'work', mountPath: '/work' },
    { name: 'tmp', mountPath: '/tmp' },
  ].filter(({ mountPath }) => !mounted.some((mount) => mount.mountPath === mountPath));
  return {
    name: container,
    image: workload.artifact.kind === 'image' ? workload.artifact.ref : settings.runtimes[workload.artifact.runtime].image,
    imagePullPolicy: 'IfNotPresent',
    env: envOf(workload, settings),
    ports: [
      { name: 'control', containerPort: controlPort },
      { name: 'traffic', containerPort: trafficPort },
    ],
    resources: resourcesOf(workload, settings),
    securityContext: { ...restricted, readOnlyRootFilesystem: true },
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    volumeMounts: [...own, ...secrets, ...mounted],
    ...(readinessProbe === undefined ? {} : { readinessProbe }),
  };
}

function labelsOf({ key, owner, template, artifact }: Workload): Record<string, string> {
  const kind = artifact.kind === 'image' ? 'image' : artifact.runtime === 'build' ? 'build' : 'runner';
  const own = { ...instanceLabels(kind), [labels.workload]: key.name };
  return { ...othersLabels(template.labels), ...own, ...(owner === undefined ? {} : { [labels.owner]: owner.uid }) };
}

/** A function's own labels must not pass for ours, by which its pods are told apart. */
function othersLabels(given: Record<string, string> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(given).filter(([name]) => !name.startsWith('openfunction.io/')));
}

function annotationsOf({ owner, template }: Workload): Record<string, string> {
  return {
    ...template.annotations,
    ...(owner === undefined ? {} : { [annotations.owner]: JSON.stringify(owner) }),
    ...(template.port === undefined ? {} : { [annotations.port]: String(template.port) }),
  };
}

/** Passes Kubernetes' `restricted` standard, and has no credential of the cluster. */
function podTemplate(workload: Workload, settings: PodSettings): Json {
  const { template, run, key } = workload;
  const secrets = (template.secretFiles ?? []).map(({ secretName }, index) => ({ name: `secret-${index}`, secret: { secretName } }));
  const own = isPlain(workload)
    ? []
    : [
        { name: 'work', emptyDir: {} },
        { name: 'tmp', emptyDir: {} },
      ];
  const user = template.user ?? 65532;
  return {
    metadata: {
      labels: { ...labelsOf(workload), ...(run === 'serve' ? { [labels.pool]: key.name } : {}) },
      annotations: annotationsOf(workload),
    },
    spec: {
      // A token is for who names a service account: that is what the name is for.
      automountServiceAccountToken: template.pod?.template.serviceAccountName !== undefined,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: template.pod?.template.terminationGracePeriodSeconds ?? (run === 'serve' ? 30 : 5),
      securityContext: {
        runAsNonRoot: true,
        runAsUser: user,
        ...(template.user === undefined ? { runAsGroup: user } : {}),
        fsGroup: user,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      containers: [
        isPlain(workload)
          ? functionContainerOf(workload, littleRequests(template, settings.poolRequests))
          : containerOf(workload, settings),
        ...sidecarsOf(template),
      ],
      volumes: [...own, ...secrets, ...volumesOf(template)],
      ...placementOf(template),
      restartPolicy: run === 'serve' ? 'Always' : 'Never',
      // On the pod and not on the Job, which would delete the pod and its log with it.
      ...(run === 'once' && template.deadlineSeconds !== undefined ? { activeDeadlineSeconds: template.deadlineSeconds } : {}),
    },
  };
}

function metadataOf(workload: Workload, owners: readonly OwnerReference[] = []): KubeObject['metadata'] {
  const { key, owner } = workload;
  const ownerReferences = owner === undefined ? [...owners] : [ownerReference(owner)];
  return { ...key, labels: labelsOf(workload), ...(ownerReferences.length === 0 ? {} : { ownerReferences }) };
}

/** `owners`: of a Workload that has no owner of its own. */
export function deploymentOf(workload: Workload, settings: PodSettings, owners?: readonly OwnerReference[]): KubeObject {
  const selector = { matchLabels: { [labels.pool]: workload.key.name } };
  const spec = { replicas: workload.replicas, revisionHistoryLimit: 1, selector, template: podTemplate(workload, settings) };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: metadataOf(workload, owners), spec };
}

export function jobOf(workload: Workload, settings: PodSettings): KubeObject {
  const spec = {
    backoffLimit: 0,
    completions: workload.replicas,
    parallelism: workload.replicas,
    ttlSecondsAfterFinished: 600,
    template: podTemplate(workload, settings),
  };
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: metadataOf(workload), spec };
}

/** The one write of a claim. With the pod's uid in it, the server refuses it for a pod that was re-created. */
export function adoptionPatch(uid: string, owner: Owner, digest: string): Json {
  return {
    metadata: {
      uid,
      labels: { [labels.pool]: null, [labels.owner]: owner.uid },
      annotations: { [annotations.digest]: digest, [annotations.owner]: JSON.stringify(owner), [annotations.adopted]: 'true' },
      ownerReferences: [ownerReference(owner)],
    },
  };
}

/** Makes the pod the first to go when its Deployment has too many. */
export function leavingPatch(uid: string): Json {
  return { metadata: { uid, annotations: { [annotations.deletionCost]: '-2147483648' } } };
}
