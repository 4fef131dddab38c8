import { createPrivateKey, createPublicKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { kubeWorkloads } from '@openfunction/kube';
import { keptArtifacts, registryArtifacts } from '@openfunction/oci';
import {
  clusterSettings,
  connectCluster,
  holderTransport,
  partSettings,
  port,
  registrySettings,
  runPart,
  serveByHolder,
  takeLease,
  watchIdentity,
  type Part,
  type PartContext,
} from '@openfunction/part';
import { startPodPool } from '@openfunction/pod-pool';
import { grpcServer, servePool, servePoolInstances } from '@openfunction/protocol';
import { steadyClock } from '@openfunction/reconcile';
import { z } from 'zod';

const amount = z.string().min(1);
const schema = partSettings
  .extend(clusterSettings.shape)
  .extend(registrySettings.shape)
  .extend({
    OFN_POOL_PORT: port,
    /** On loopback, for whom the API server lets forward a port of this pod. */
    OFN_FORWARDED_PORT: port,
    /** Name of the chart's ConfigMap in each namespace of functions: pools go with it. */
    OFN_POOL_OWNER: z.string().min(1),
    OFN_POOL_SIZE: z.coerce.number().int().min(0).max(1000),
    /** What an instance of the pool may use, and what it reserves. */
    OFN_POOL_CPU: amount,
    OFN_POOL_MEMORY: amount,
    OFN_POOL_STORAGE: amount,
    OFN_POOL_REQUEST_CPU: amount,
    OFN_POOL_REQUEST_MEMORY: amount,
    OFN_POOL_REQUEST_STORAGE: amount,
    /** Artifacts kept in memory. */
    OFN_ARTIFACT_CACHE_BYTES: z.coerce.number().int().min(0).optional(),
    /** Artifacts kept on disk. */
    OFN_ARTIFACTS_DIR: z.string().min(1),
    OFN_ARTIFACTS_BYTES: z.coerce.number().int().min(0),
    /** PEM of the Ed25519 key that signs tickets. */
    OFN_TICKET_KEY: z.string().min(1),
    OFN_RUNNER_IMAGE: z.string().min(1),
    OFN_BUILD_IMAGE: z.string().min(1),
  });

async function start({ settings, log, metrics, fail }: PartContext<z.infer<typeof schema>>): Promise<Part> {
  const { api, store, onError } = await connectCluster({ name: 'pod-pool', settings, log, metrics });
  const workloads = kubeWorkloads({
    api,
    runtimes: { node: { image: settings.OFN_RUNNER_IMAGE }, build: { image: settings.OFN_BUILD_IMAGE } },
    poolRequests: {
      cpu: settings.OFN_POOL_REQUEST_CPU,
      memory: settings.OFN_POOL_REQUEST_MEMORY,
      ephemeralStorage: settings.OFN_POOL_REQUEST_STORAGE,
    },
    namespaces: settings.OFN_FUNCTION_NAMESPACES,
    poolOwner: settings.OFN_POOL_OWNER,
    onError,
  });
  const lease = takeLease({ store, name: 'pod-pool', settings, metrics, fail, onError, onChange: () => pool.leadingChanged() });
  const registry = registryArtifacts({
    plainHttp: settings.OFN_REGISTRY_PLAIN_HTTP,
    allowedAddresses: settings.OFN_ALLOWED_ADDRESSES,
    certificates: settings.OFN_REGISTRY_CERTIFICATES,
  });
  const kept = keptArtifacts({ from: registry, dir: settings.OFN_ARTIFACTS_DIR, maxBytes: settings.OFN_ARTIFACTS_BYTES });
  const privateKey = createPrivateKey(await readFile(settings.OFN_TICKET_KEY, 'utf8'));
  const pool = startPodPool({
    store: lease.guardStore(store),
    workloads: lease.guardWorkloads(workloads),
    artifacts: { get: kept.get, stat: registry.stat },
    privateKey,
    publicKeyText: String(createPublicKey(privateKey).export({ format: 'jwk' }).x),
    clock: steadyClock,
    poolSize: settings.OFN_POOL_SIZE,
    resources: { cpu: settings.OFN_POOL_CPU, memory: settings.OFN_POOL_MEMORY, ephemeralStorage: settings.OFN_POOL_STORAGE },
    artifactCacheBytes: settings.OFN_ARTIFACT_CACHE_BYTES,
    namespaces: settings.OFN_FUNCTION_NAMESPACES,
    leading: lease.isHeld,
    enableCommand: (namespace) =>
      `helm upgrade openfunction … --reuse-values --set 'functionNamespaces={${[...settings.OFN_FUNCTION_NAMESPACES, namespace].join(',')}}'`,
    log,
  });
  const tls = await watchIdentity({ folder: settings.OFN_TLS_DIR, onError });
  const holder = holderTransport({ holderHost: lease.holderHost, port: settings.OFN_POOL_PORT, serverName: settings.OFN_SERVER_NAME, tls });
  // Gateways have a stream to each replica; who only reads is passed on.
  const passes = (path: string): boolean => path.endsWith('/WatchServings');
  const { service, passedOn } = serveByHolder({ service: servePool(pool.service), isHeld: lease.isHeld, holder: holder.current, passes });
  // Each replica sees all instances, but what ended is known to who ended it.
  const people = serveByHolder({
    service: servePoolInstances(pool.instances),
    isHeld: lease.isHeld,
    holder: holder.current,
    passes: (path) => path.endsWith('/EndedLog'),
    name: 'forwarded',
  });
  const services = [service, passedOn, people.passedOn];
  const server = await grpcServer({ address: `0.0.0.0:${settings.OFN_POOL_PORT}`, services, tls });
  const forwarded = await grpcServer({
    address: `127.0.0.1:${settings.OFN_FORWARDED_PORT}`,
    services: [people.service],
  });
  return {
    isReady: () => true,
    metrics: pool.metrics,
    async close() {
      await Promise.all([server.close(), forwarded.close()]);
      await pool.close();
      workloads.close();
      await lease.release();
      holder.close();
      tls.close();
      await api.close();
    },
  };
}

await runPart({ name: 'pod-pool', env: process.env, schema, start });
