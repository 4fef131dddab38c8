import { readFile } from 'node:fs/promises';
import { startBuilder } from '@openfunction/builder';
import { kubeWorkloads } from '@openfunction/kube';
import { registryArtifacts } from '@openfunction/oci';
import {
  clusterSettings,
  connectCluster,
  partSettings,
  port,
  registrySettings,
  runPart,
  tlsIdentity,
  type Part,
  type PartContext,
} from '@openfunction/part';
import { grpcServer, serveBuilder } from '@openfunction/protocol';
import { realClock } from '@openfunction/reconcile';
import { z } from 'zod';

const schema = partSettings
  .extend(clusterSettings.shape)
  .extend(registrySettings.shape)
  .extend({
    OFN_BUILDER_PORT: port,
    /** On loopback, for whom the API server lets forward a port of this pod. */
    OFN_FORWARDED_PORT: port,
    OFN_EXCHANGE_PORT: port,
    /** By which build instances reach the exchange. */
    OFN_EXCHANGE_URL: z.url({ protocol: /^https$/ }),
    OFN_EXCHANGE_KEY: z.string().min(1),
    OFN_BUILDS_DIR: z.string().min(1),
    OFN_BUILDS_AT_ONCE: z.coerce.number().int().min(1).default(4),
    OFN_BUILDS_PER_NAMESPACE: z.coerce.number().int().min(1).default(2),
    OFN_RUNNER_IMAGE: z.string().min(1),
    OFN_BUILD_IMAGE: z.string().min(1),
    OFN_BUILD_CPU: z.string().min(1),
    OFN_BUILD_MEMORY: z.string().min(1),
    OFN_BUILD_STORAGE: z.string().min(1),
    /** The text of a known_hosts file. */
    OFN_GIT_KNOWN_HOSTS: z.string().optional(),
    OFN_NPM_REGISTRY: z.string().optional(),
  });

async function start({ settings, log }: PartContext<z.infer<typeof schema>>): Promise<Part> {
  const { api, store, onError } = await connectCluster({ name: 'builder', settings, log });
  const tls = await tlsIdentity(settings.OFN_TLS_DIR);
  const buildEnv: Record<string, string> = settings.OFN_NPM_REGISTRY ? { OFN_NPM_REGISTRY: settings.OFN_NPM_REGISTRY } : {};
  const workloads = kubeWorkloads({
    api,
    runtimes: { node: { image: settings.OFN_RUNNER_IMAGE }, build: { image: settings.OFN_BUILD_IMAGE, env: buildEnv } },
    namespaces: settings.OFN_FUNCTION_NAMESPACES,
    onError,
  });
  const builder = await startBuilder({
    store,
    workloads,
    artifacts: registryArtifacts({
      plainHttp: settings.OFN_REGISTRY_PLAIN_HTTP,
      allowedAddresses: settings.OFN_ALLOWED_ADDRESSES,
      certificates: settings.OFN_REGISTRY_CERTIFICATES,
    }),
    exchange: {
      listen: { host: '0.0.0.0', port: settings.OFN_EXCHANGE_PORT },
      tls: { key: tls.key.toString(), cert: tls.certificate.toString() },
      reach: { url: settings.OFN_EXCHANGE_URL, ca: tls.authority.toString() },
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
  const services = [serveBuilder(builder.service)];
  const server = await grpcServer({ address: `0.0.0.0:${settings.OFN_BUILDER_PORT}`, services, tls });
  const forwarded = await grpcServer({
    address: `127.0.0.1:${settings.OFN_FORWARDED_PORT}`,
    services: [serveBuilder(builder.forwarded)],
  });
  return {
    isReady: () => true,
    async close() {
      await Promise.all([server.close(), forwarded.close()]);
      await builder.close();
      workloads.close();
      await api.close();
    },
  };
}

await runPart({ name: 'builder', env: process.env, schema, start });
