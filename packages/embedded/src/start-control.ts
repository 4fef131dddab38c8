import { createPublicKey } from 'node:crypto';
import { availableParallelism } from 'node:os';
import type { Artifacts } from '@openfunction/artifact';
import { startController } from '@openfunction/controller';
import type { LocalWorkloads } from '@openfunction/local';
import { layoutArtifacts, registryArtifacts, type RegistryOptions } from '@openfunction/oci';
import { startPodPool } from '@openfunction/pod-pool';
import {
  createEventBusClient,
  servePool,
  servePoolInstances,
  servePoolSources,
  serveRoutes,
  socketTransport,
  type EventBus,
  type Service,
  type WatchResponse,
} from '@openfunction/protocol';
import { realClock, steadyClock } from '@openfunction/reconcile';
import type { Store } from '@openfunction/store';
import type { BuildSources } from './build-sources.ts';
import { collectArtifacts } from './collect-artifacts.ts';
import { credentials } from './credentials.ts';
import { embeddedMessaging } from './embedded-messaging.ts';
import { messagingNeeded } from './messaging-needed.ts';
import { readable, type DataFolder } from './data-folder.ts';
import { defaultGateway } from './default-gateway.ts';
import { platformStore } from './platform-store.ts';
import { imageSource } from './image-source.ts';
import { knownArtifacts } from './known-artifacts.ts';
import { startApi } from './start-api.ts';
import { startEmbeddedBuilder } from './start-builder.ts';
import { startWorkloads } from './start-workloads.ts';

export interface ControlOptions {
  folder: DataFolder;
  /** Suffix of external host names. */
  domain: string;
  /** Where the gateway listens for callers. */
  gatewayPort: number;
  /** Warm instances kept ready for each namespace. */
  poolSize: number;
  /** Artifacts that the pool keeps in memory. Default 256 MiB. */
  artifactCacheBytes?: number;
  /** Absent: there is no API server. Port 0: any free one; `orAny`: also when the port is taken. */
  api?: { port: number; orAny?: boolean };
  log: (message: string, fields?: unknown) => void;
  /** Folders where bubblewrap is looked for. */
  searchPath?: string;
  /** Variables of every build; see buildEnvironment. */
  buildEnvironment?: Record<string, string>;
  /** What builds may fetch beyond what every build may. */
  sources?: BuildSources;
  /** Port of loopback where functions reach the API of their building blocks; without it they have none, and take no messages. */
  messagingPort?: number;
  /** Who brings messages; not asked before somebody needs it. Default: the part `events`, on its socket. */
  bus?: EventBus;
}

export interface Control {
  store: Store;
  artifacts: Artifacts;
  workloads: LocalWorkloads;
  /** pool.v1, routes.v1 and builder.v1. */
  services: readonly Service[];
  /** The API server's URL, when there is one. */
  api?: string;
  /** Prometheus text. */
  metrics(): string;
  /** Resolves when the first function has to do with messages or state. */
  messagingNeeded: Promise<void>;
  /** Instances run on unless they are to end too. */
  close(options: { instances: 'keep' | 'end' }): Promise<void>;
}

// A registry on this machine itself has nobody to hide from.
const registry: RegistryOptions = { plainHttp: [], plainLoopback: true };

/** Everything that decides: the store, the API over it, the controller, builds, and the pool. Nothing of a request passes here. */
export async function startControl(options: ControlOptions): Promise<Control> {
  const { folder, log } = options;
  const keys = await credentials(folder, Date.now());
  const store = readable(() => platformStore(folder.database));
  const artifacts = layoutArtifacts({ dir: folder.artifacts });
  const images = imageSource({ ...registry, dir: folder.images, store, inUse: () => workloads.imagesInUse() });
  const workloads: LocalWorkloads = startWorkloads({ ...options, images });
  const messaging =
    options.messagingPort === undefined
      ? undefined
      : embeddedMessaging({
          port: options.messagingPort,
          key: keys.messagesKey,
          bus: options.bus ?? createEventBusClient(socketTransport(folder.eventsSocket)),
        });
  // The API is there first: what is counted comes when it is.
  const counted: (() => string)[] = [];
  const metrics = (): string => counted.map((text) => text()).join('');
  const api = options.api && (await startApi({ folder, store, workloads, keys, ...options.api, metrics, log }));
  const builder = await startEmbeddedBuilder({
    folder,
    store,
    workloads,
    artifacts,
    ticketKey: keys.ticketKey,
    environment: options.buildEnvironment,
    sources: options.sources,
    isCaged: workloads.isolation().kind === 'bwrap',
    log,
  });
  const collector = collectArtifacts({ store, images, dir: folder.artifacts, clock: realClock, log });
  const pool = startPodPool({
    store,
    workloads,
    artifacts: knownArtifacts(artifacts, registryArtifacts(registry)),
    imageAdvice: workloads.imagesMissing(),
    // Kept across restarts: instances that outlive this process accept only tickets of the key that they were started with.
    privateKey: keys.ticketKey,
    publicKeyText: String(createPublicKey(keys.ticketKey).export({ format: 'jwk' }).x),
    clock: steadyClock,
    poolSize: options.poolSize,
    // Starts use nothing but processor time here: more of them at one time would only have each wait for the others.
    startsAtOnce: availableParallelism() + 1,
    artifactCacheBytes: options.artifactCacheBytes,
    namespaces: 'all',
    ...(messaging === undefined ? {} : { messaging: messaging.environment }),
    internalSocket: folder.internalSocket,
    clusterDomain: 'cluster.local',
    log,
  });
  counted.push(pool.metrics);
  const ending = new AbortController();
  const needed = messagingNeeded({ store, clock: realClock, signal: ending.signal });
  const controller = startController({
    store,
    builder: builder.client,
    pool: { watchServings: (request, { signal }) => pool.service.watchServings(request, signal) },
    defaultGateway: defaultGateway({ domain: options.domain, port: options.gatewayPort }),
    findAddress: () => Promise.resolve('127.0.0.1'),
    ...(messaging === undefined ? {} : { capabilities: messaging.capabilities, bus: messaging.busWhen(needed) }),
    clock: realClock,
    random: Math.random,
    log,
  });
  const routes = serveRoutes({
    watch: (request, signal) => controller.routes.watch(request, { signal }) as AsyncIterable<WatchResponse>,
  });
  return {
    store,
    artifacts,
    workloads,
    services: [servePool(pool.service), servePoolInstances(pool.instances), servePoolSources(pool.sources), routes, builder.service],
    api: api?.url,
    metrics,
    messagingNeeded: needed,
    async close({ instances }) {
      ending.abort();
      await api?.close();
      await collector.close();
      await controller.close();
      await builder.close();
      await pool.close();
      if (instances === 'end') await workloads.shutdown();
      else workloads.close();
      store.close();
    },
  };
}
