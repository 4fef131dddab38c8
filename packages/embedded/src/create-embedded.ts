import { createPublicKey } from 'node:crypto';
import path from 'node:path';
import { startController, type BuildReport } from '@openfunction/controller';
import { runnerEntry } from '@openfunction/functions-framework/runner';
import { createGateway, activatorClient, followRoutes } from '@openfunction/gateway';
import { localWorkloads, sqliteStore } from '@openfunction/local';
import { layoutArtifacts } from '@openfunction/oci';
import { startPodPool } from '@openfunction/pod-pool';
import { memoryTransport, createPoolClient, createRoutesClient, servePool, serveRoutes, type WatchResponse } from '@openfunction/protocol';
import { realClock } from '@openfunction/reconcile';
import { validateFunction, type Gateway } from '@openfunction/resources';
import type { Artifacts } from '@openfunction/artifact';
import { withAdmission, type Store } from '@openfunction/store';
import { credentials } from './credentials.ts';
import { dataFolder } from './data-folder.ts';

export interface EmbeddedOptions {
  /** Folder that keeps everything. */
  data: string;
  /** The gateway's public port; 0 picks a free one. */
  port: number;
  /** Suffix of external host names. */
  domain: string;
  /** Warm instances kept ready for each namespace. */
  poolSize: number;
  log: (message: string, fields?: unknown) => void;
  /** Folders where bubblewrap is looked for. */
  searchPath?: string;
}

/** The whole platform in one process, for tests and embedding. */
export interface Embedded {
  store: Store;
  artifacts: Artifacts;
  /** Where the gateway listens: `http://127.0.0.1:PORT`. */
  address: string;
  /** Ends everything, instances too. */
  close(): Promise<void>;
}

export async function createEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const folder = dataFolder(options.data);
  const ending = new AbortController();
  const base = sqliteStore({ path: folder.database });
  const store = withAdmission(base, {
    validate: (kind, object) => (kind.kind === 'Function' ? validateFunction(object) : []),
  });
  const artifacts = layoutArtifacts({ dir: folder.artifacts });
  const workloads = localWorkloads({
    dir: folder.workloads,
    runtimes: {
      node: {
        command: process.execPath,
        args: runnerEntry.endsWith('.ts') ? ['--conditions=@openfunction/source', runnerEntry] : [runnerEntry],
      },
    },
    sandbox: 'auto',
    readOnlyPaths: [path.resolve(path.dirname(runnerEntry), '..', '..')],
    internalSocket: folder.internalSocket,
    searchPath: options.searchPath,
  });
  // Kept across restarts: instances that outlive this process accept only tickets of the key that they were started with.
  const { ticketKey } = await credentials(folder, Date.now());
  const pool = startPodPool({
    store,
    workloads,
    artifacts,
    privateKey: ticketKey,
    publicKeyText: String(createPublicKey(ticketKey).export({ format: 'jwk' }).x),
    clock: realClock,
    poolSize: options.poolSize,
    internalSocket: folder.internalSocket,
    clusterDomain: 'cluster.local',
    log: options.log,
  });
  const controller = startController({
    store,
    builder: { build: refuseBuild, cancel: () => Promise.resolve() },
    pool: { watchServings: (request, { signal }) => pool.service.watchServings(request, signal) },
    defaultGateway: defaultGateway(options.domain),
    clock: realClock,
    random: Math.random,
    log: options.log,
  });
  const transport = memoryTransport([
    servePool(pool.service),
    serveRoutes({ watch: (request, signal) => controller.routes.watch(request, { signal }) as AsyncIterable<WatchResponse> }),
  ]);
  const gateway = await createGateway({
    public: { host: '127.0.0.1', port: options.port },
    internal: { path: folder.internalSocket },
    activator: activatorClient({ pool: createPoolClient(transport), gatewayId: 'embedded' }),
  });
  const following = followRoutes({
    routes: createRoutesClient(transport),
    table: gateway.routes,
    gatewayId: 'embedded',
    copyPath: folder.routesCopy,
    signal: ending.signal,
  });
  return {
    store,
    artifacts,
    address: gateway.addresses.public,
    async close() {
      ending.abort();
      await gateway.close({ graceMs: 0 });
      await controller.close();
      await pool.close();
      await following;
      await workloads.shutdown();
      base.close();
    },
  };
}

async function* refuseBuild(): AsyncGenerator<BuildReport> {
  yield {
    state: 'Failed',
    reason: 'BuilderNotSupported',
    message: 'Builds do not run on one machine yet. Give `spec.image` the reference of a module artifact and leave `spec.build` out.',
    digest: '',
    size: 0,
    commitSha: '',
    commitAuthor: '',
    sourceDigest: '',
  };
}

function defaultGateway(domain: string): Gateway {
  return {
    apiVersion: 'networking.openfunction.io/v1alpha1',
    kind: 'Gateway',
    metadata: { namespace: 'openfunction', name: 'openfunction' },
    spec: { domain, gatewaySpec: { listeners: [{ name: 'http', port: 80, protocol: 'HTTP' }] } },
  };
}
