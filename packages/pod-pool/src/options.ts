import type { KeyObject } from 'node:crypto';
import type { Artifacts } from '@openfunction/artifact';
import type { Clock } from '@openfunction/reconcile';
import type { Serving } from '@openfunction/resources';
import type { Store } from '@openfunction/store';
import type { Workloads } from '@openfunction/workload';
import type { InstanceControl } from './instances/instance-control.ts';
import type { Resources } from './pool/shape.ts';

export interface PodPoolOptions {
  store: Store;
  workloads: Workloads;
  artifacts: Pick<Artifacts, 'get' | 'stat'>;
  privateKey: KeyObject;
  /** Raw Ed25519 key, base64url: what instances check tickets with. */
  publicKeyText: string;
  /** For all that is decided; goes on evenly when the time of the machine is set. */
  clock: Clock;
  /** The time of the machine, which instances hold tickets against. Default `Date.now`. */
  wallTime?: () => number;
  /** Fresh instances to keep for each namespace that has a Serving. */
  poolSize: number;
  /** The most that recent claims can make of a pool. Default four times `poolSize`. */
  poolMax?: number;
  /** Instances that start at one time, over all pools. Default 8. */
  startsAtOnce?: number;
  /** What an instance of a pool has; a function that asks for something else gets a Workload of its own. */
  resources?: Resources;
  /** Where Secrets and ConfigMaps may be read. */
  namespaces: 'all' | readonly string[];
  /** What to run so that Secrets and ConfigMaps of a namespace may be read. */
  enableCommand?: (namespace: string) => string;
  /** A sentence on what to do where `workloads` runs no images that serve by themselves. */
  imageAdvice?: string;
  /** Whether this replica claims instances; asked often. Default always. */
  leading?: () => boolean;
  /** How long a function may take to answer. Default 5 minutes. */
  requestTimeoutMs?: number;
  /** Artifacts kept in memory, in bytes. Default 256 MiB. */
  artifactCacheBytes?: number;
  /** How instances are spoken to. Default: the runner protocol over HTTP. */
  control?: InstanceControl;
  /** Variables that tell an instance of the Serving where the API of its building blocks is; the function's own win. Default none. */
  messaging?: (serving: Serving) => Readonly<Record<string, string>>;
  log: (message: string, error?: unknown) => void;
  internalSocket?: string;
  clusterDomain?: string;
}

export const defaultResources: Resources = { cpu: '500m', memory: '256Mi', ephemeralStorage: '512Mi' };
