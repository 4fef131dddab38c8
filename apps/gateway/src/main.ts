import { accessLog, activatorClient, createGateway, followRoutes } from '@openfunction/gateway';
import { followReplicas, partSettings, port, runPart, watchIdentity, type Part, type PartContext } from '@openfunction/part';
import { createPoolClient, createRoutesClient, grpcTransport, type Routes } from '@openfunction/protocol';
import { z } from 'zod';

const schema = partSettings.extend({
  OFN_PUBLIC_PORT: port,
  /** For callers of this cluster, by way of the functions' own names. */
  OFN_INTERNAL_PORT: port,
  /** Of all replicas of pod-pool, and the name in their certificates. */
  OFN_POOL_REPLICAS: z.string().min(1),
  OFN_POOL_SERVER_NAME: z.string().min(1),
  OFN_ROUTES_ADDRESS: z.string().min(1),
  OFN_ROUTES_COPY: z.string().min(1),
  OFN_ACCESS_LOG: z.stringbool().default(true),
  /** How long it goes on taking connections when it is to end: until everybody knows that it ends. */
  OFN_DRAIN_MS: z.coerce.number().int().min(0).default(8_000),
  OFN_GRACE_MS: z.coerce.number().int().min(0).default(15_000),
});

async function start({ settings, log }: PartContext<z.infer<typeof schema>>): Promise<Part> {
  const tls = await watchIdentity({ folder: settings.OFN_TLS_DIR, onError: (error) => log('The certificates are read again', error) });
  const pool = followReplicas({
    address: settings.OFN_POOL_REPLICAS,
    serverName: settings.OFN_POOL_SERVER_NAME,
    tls,
    client: createPoolClient,
  });
  const controller = grpcTransport(settings.OFN_ROUTES_ADDRESS, { tls });
  const gatewayId = settings.OFN_POD_NAME;
  const ending = new AbortController();
  const gateway = await createGateway({
    public: { host: '0.0.0.0', port: settings.OFN_PUBLIC_PORT },
    internal: { host: '0.0.0.0', port: settings.OFN_INTERNAL_PORT },
    activator: activatorClient({ pool, gatewayId, backoffMs: { first: 100, longest: 500 } }),
    log: settings.OFN_ACCESS_LOG ? accessLog((line) => process.stdout.write(line), Date.now) : undefined,
  });
  const routes = createRoutesClient(controller);
  let isSynced = false;
  // Before the first snapshot it would answer that functions do not exist.
  const watch: Routes['watch'] = async function* watch(request, signal) {
    for await (const update of routes.watch(request, signal)) {
      yield update;
      isSynced ||= update.snapshotEnd !== undefined;
    }
  };
  const following = followRoutes({
    routes: { watch },
    table: gateway.routes,
    gatewayId,
    copyPath: settings.OFN_ROUTES_COPY,
    signal: ending.signal,
  });
  log('It listens', gateway.addresses);
  return {
    isReady: () => isSynced || gateway.routes.routes().length > 0,
    metrics: gateway.metrics,
    async close() {
      await gateway.close({ graceMs: settings.OFN_GRACE_MS, drainMs: settings.OFN_DRAIN_MS, keepIdle: true });
      ending.abort();
      await following;
      controller.close();
      tls.close();
    },
  };
}

await runPart({ name: 'gateway', env: process.env, schema, start });
