import { readFile } from 'node:fs/promises';
import { startBuilder, type StartedBuilder } from '@openfunction/builder';
import { kubeWorkloads } from '@openfunction/kube';
import { registryArtifacts } from '@openfunction/oci';
import type { connectCluster, Log, PartLease } from '@openfunction/part';
import type { TlsSource } from '@openfunction/protocol';
import { realClock } from '@openfunction/reconcile';
import type { Settings } from './settings.ts';

/** What only the holder of the Lease does: builds, and the exchange by which they get in and out. */
export interface Held {
  service: StartedBuilder['service'];
  /** For whom the API server lets forward a port. */
  forwarded: StartedBuilder['forwarded'];
  close(): Promise<void>;
}

export interface HeldOptions {
  settings: Settings;
  cluster: Awaited<ReturnType<typeof connectCluster>>;
  lease: PartLease;
  tls: TlsSource;
  log: Log;
}

export async function startHeld({ settings, cluster, lease, tls, log }: HeldOptions): Promise<Held> {
  const { api, store, onError } = cluster;
  const buildEnv: Record<string, string> = settings.OFN_NPM_REGISTRY ? { OFN_NPM_REGISTRY: settings.OFN_NPM_REGISTRY } : {};
  const workloads = kubeWorkloads({
    api,
    runtimes: { node: { image: settings.OFN_RUNNER_IMAGE }, build: { image: settings.OFN_BUILD_IMAGE, env: buildEnv } },
    namespaces: settings.OFN_FUNCTION_NAMESPACES,
    onError,
  });
  const files = (): { key: string; cert: string } => ({ key: tls.current().key.toString(), cert: tls.current().certificate.toString() });
  const builder = await startBuilder({
    store: lease.guardStore(store),
    workloads: lease.guardWorkloads(workloads),
    artifacts: registryArtifacts({
      plainHttp: settings.OFN_REGISTRY_PLAIN_HTTP,
      allowedAddresses: settings.OFN_ALLOWED_ADDRESSES,
      certificates: settings.OFN_REGISTRY_CERTIFICATES,
    }),
    exchange: {
      listen: { host: '0.0.0.0', port: settings.OFN_HELD_EXCHANGE_PORT },
      tls: { ...files(), follow: (renew) => void tls.subscribe(() => renew(files())) },
      reach: {
        url: settings.OFN_EXCHANGE_URL,
        get ca() {
          return tls.current().authority.toString();
        },
      },
      key: await readFile(settings.OFN_EXCHANGE_KEY),
      dir: `${settings.OFN_BUILDS_DIR}/outputs`,
    },
    rules: { addresses: settings.OFN_ALLOWED_ADDRESSES, folders: [] },
    knownHosts: settings.OFN_GIT_KNOWN_HOSTS,
    clock: realClock,
    log,
    resources: { cpu: settings.OFN_BUILD_CPU, memory: settings.OFN_BUILD_MEMORY, ephemeralStorage: settings.OFN_BUILD_STORAGE },
    atOnce: settings.OFN_BUILDS_AT_ONCE,
    atOncePerNamespace: settings.OFN_BUILDS_PER_NAMESPACE,
    uploadsDir: `${settings.OFN_BUILDS_DIR}/uploads`,
    logDir: `${settings.OFN_BUILDS_DIR}/logs`,
  });
  return { service: builder.service, forwarded: builder.forwarded, close: () => builder.close().finally(() => workloads.close()) };
}
