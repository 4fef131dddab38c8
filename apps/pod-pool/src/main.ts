import { createPrivateKey, createPublicKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { kubeWorkloads } from '@openfunction/kube';
import { keptArtifacts, registryArtifacts } from '@openfunction/oci';
import {
  connectCluster,
  holderTransport,
  runPart,
  serveByHolder,
  takeLease,
  watchIdentity,
  type Part,
  type PartContext,
} from '@openfunction/part';
import { startPodPool } from '@openfunction/pod-pool';
import { grpcServer, servePool, servePoolInstances, servePoolSources } from '@openfunction/protocol';
import { steadyClock } from '@openfunction/reconcile';
import { messagingOf } from './messaging-of.ts';
import { schema, type Settings } from './settings.ts';

async function start({ settings, log, metrics, fail }: PartContext<Settings>): Promise<Part> {
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
    ...(await messagingOf(settings)),
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
  const sources = serveByHolder({ service: servePoolSources(pool.sources), isHeld: lease.isHeld, holder: holder.current });
  const services = [service, passedOn, sources.service, sources.passedOn, people.passedOn];
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
