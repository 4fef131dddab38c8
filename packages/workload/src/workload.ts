import type { Key, Serving, Uid } from '@openfunction/resources';

/** An object that something belongs to, and dies with. */
export interface Owner {
  apiVersion: string;
  kind: string;
  key: Key;
  uid: Uid;
}

export type Digest = `sha256:${string}`;
export type InstanceId = string;

/**
 * What an instance runs: the runner of a language (`node`), or the builder (`build`), both of which come
 * with the platform; or any OCI image.
 */
export type Artifact = { kind: 'runner'; runtime: 'node' | 'build' } | { kind: 'image'; ref: string };

/** Where an instance listens: a Unix socket on this machine, or an address of the pod network. */
export type Endpoint = { kind: 'unix'; path: string } | { kind: 'tcp'; host: string; port: number };

/** The part of a pod template that a function may set. */
export type PodTemplate = NonNullable<Serving['spec']['template']>;

/** Fields of a function's own template that a ground can give an instance. */
export type PodField =
  | 'volumes'
  | 'nodeSelector'
  | 'tolerations'
  | 'affinity'
  | 'serviceAccountName'
  | 'imagePullSecrets'
  | 'runtimeClassName'
  | 'topologySpreadConstraints'
  | 'sidecars'
  | 'command'
  | 'ports'
  | 'imagePullPolicy'
  | 'probes'
  /** Limits and requests of processor time, of images only: `cpu` is that of every instance. */
  | 'imageCpu'
  /** Values of Secrets and ConfigMaps are read where the instance starts; elsewhere they are in `env` and `files`. */
  | 'references';

export type TemplateField =
  | 'env'
  | 'labels'
  | 'annotations'
  | 'cpu'
  | 'memory'
  | 'ephemeralStorage'
  | 'secretFiles'
  | 'files'
  | 'deadlineSeconds'
  | PodField;

/** What an instance is given. Every field is optional, and a driver honours those it names in `honours`. */
export interface InstanceTemplate {
  env?: Record<string, string>;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  /** Kubernetes quantities, as limit (and as request where the ground has one). */
  cpu?: string;
  memory?: string;
  ephemeralStorage?: string;
  /** Secrets of the same namespace, as files below the mount path. */
  secretFiles?: { secretName: string; mountPath: string }[];
  /** Files by absolute path, their content as base64; without content, an empty folder. */
  files?: { path: string; content?: string }[];
  /**
   * The TCP port of an image that serves. Its instance is Ready while its readiness says so, ends with a SIGTERM and the
   * template's grace, and what ends by itself is started again in its place. Without it an image is taken for a runner.
   */
  port?: number;
  /** The numeric user, other than root, that the image names itself. */
  user?: number;
  /** What the function's own template says; of its containers the one at `container` is the function. */
  pod?: { template: PodTemplate; container: number };
  /** Secrets of the same namespace with credentials for the image. */
  pullSecrets?: string[];
  /** A `once` workload is stopped, with the reason `DeadlineExceeded`, after so long. */
  deadlineSeconds?: number;
}

export interface Workload {
  key: Key;
  /** A pool has no owner. */
  owner?: Owner;
  artifact: Artifact;
  replicas: number;
  template: InstanceTemplate;
  run: 'serve' | 'once';
  /** Instances that are to go first when there are too many. */
  leaving?: readonly InstanceId[];
}

/** `Starting` until its control endpoint answers, then `Ready`; `Failed` and `Finished` do not return. */
export type Phase = 'Starting' | 'Ready' | 'Failed' | 'Finished';

export type StartErrorCode = 'ImagePullFailed' | 'ContainerCrashes' | 'ContainerNotCreated' | 'NotScheduled' | 'QuotaExceeded';

/** Why an instance that starts does not get ready, or cannot even be made, as far as is known now. */
export interface Trouble {
  code: StartErrorCode;
  message: string;
}

/**
 * How an instance ended. `message` is what a `once` instance wrote as its result: JSON, at most 4,096 bytes; of an `Unhealthy` one,
 * which probe it failed: a clause that begins with a verb.
 */
export interface Outcome {
  succeeded: boolean;
  reason: 'Completed' | 'Error' | 'OOMKilled' | 'StorageExceeded' | 'DeadlineExceeded' | 'Unhealthy' | 'Killed';
  exitCode?: number;
  message: string;
}

export interface Instance {
  id: InstanceId;
  /** What people find it by, where that is not its id. */
  name?: string;
  /** The Workload it was made for; stays after adoption, as history. */
  workload: Key;
  namespace: string;
  /** It is what an image with a port makes of itself: nobody loads it, and it speaks no protocol of ours. */
  plain?: boolean;
  phase: Phase;
  trouble?: Trouble;
  endpoints?: { control: Endpoint; traffic: Endpoint };
  /** The instance's X25519 public key (base64url), where its settings cross a network and so must be sealed. */
  sealingKey?: string;
  /** Set by adopt, with the digest of what it loaded. */
  owner?: Owner;
  digest?: Digest;
  finished?: Outcome;
  createdAt: number;
}

export interface LogLine {
  at: number;
  stream: 'stdout' | 'stderr';
  text: string;
}

export interface LogsOptions {
  follow: boolean;
  tailLines?: number;
  /** In place of its own, what the one before it wrote: as the ground keeps that. */
  previous?: boolean;
  signal: AbortSignal;
}

/** Runs instances. Plain data in and out, no word about where. Refusals are {@link WorkloadError}s. */
export interface Workloads {
  /** Capabilities as data, never a mode name. */
  readonly runs: ReadonlySet<Artifact['kind']>;
  /** Which fields of the template have an effect here. */
  readonly honours: ReadonlySet<TemplateField>;
  /** Makes it so; idempotent. A changed template of a pool replaces instances that nobody adopted. */
  apply(workload: Workload): Promise<void>;
  /** Ends its instances, but not the adopted ones. Also of the unknown. */
  remove(key: Key): Promise<void>;
  /** All instances, or those of an owner (its Workloads' and the adopted ones). */
  list(owner?: Owner): Promise<Instance[]>;
  /** A hint that something of this Workload changed; list is the truth. */
  watch(signal: AbortSignal): AsyncIterable<Key>;
  /** Why instances that the Workload is to have, and that do not appear, cannot be made now. Absent where an instance that there is tells it by its `trouble`. */
  hindrance?(key: Key): Promise<Trouble | undefined>;
  /**
   * One write that records a claim. The instance leaves its Workload: it no longer counts in replicas and
   * survives its scaling, roll and removal. It dies with its new owner. The driver refills; without `refill` the
   * Workload has one replica less from then on, where the ground can do so in one step.
   */
  adopt(instance: InstanceId, owner: Owner, digest: Digest, options?: { refill: boolean }): Promise<void>;
  /** Ends one instance, at once. Also of the unknown. With `keepsLog`, what it wrote last can be read for a while. */
  destroy(instance: InstanceId, options?: { keepsLog: boolean }): Promise<void>;
  /** Also of an instance that is no more, as far as the ground keeps that. */
  logs(instance: InstanceId, options: LogsOptions): AsyncIterable<LogLine>;
}
