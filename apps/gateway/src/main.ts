import { accessLog, activatorClient, createGateway, followRoutes } from '@openfunction/gateway';
import { partSettings, port, runPart, tlsIdentity, type Part, type PartContext } from '@openfunction/part';
import { createPoolClient, createRoutesClient, grpcTransport, type Routes } from '@openfunction/protocol';
import { z } from 'zod';

const schema = partSettings.extend({
  OFN_PUBLIC_PORT: port,
  /** For callers of this cluster, by way of the functions' own names. */
  OFN_INTERNAL_PORT: port,
  OFN_POOL_ADDRESS: z.string().min(1),
  OFN_ROUTES_ADDRESS: z.string().min(1),
  OFN_ROUTES_COPY: z.string().min(1),
  OFN_ACCESS_LOG: z.stringbool().default(true),
  OFN_GRACE_MS: z.coerce.number().int().min(0).default(15_000),
});

async function start({ settings, log }: PartContext<z.infer<typeof schema>>): Promise<Part> {
  const tls = await tlsIdentity(settings.OFN_TLS_DIR);
  const pool = grpcTransport(settings.OFN_POOL_ADDRESS, { tls });
  const controller = grpcTransport(settings.OFN_ROUTES_ADDRESS, { tls });
  const gatewayId = settings.OFN_POD_NAME;
  const ending = new AbortController();
  const gateway = await createGateway({
    public: { host: '0.0.0.0', port: settings.OFN_PUBLIC_PORT },
    internal: { host: '0.0.0.0', port: settings.OFN_INTERNAL_PORT },
    activator: activatorClient({ pool: createPoolClient(pool), gatewayId }),
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
      ending.abort();
      await gateway.close({ graceMs: settings.OFN_GRACE_MS });
      await following;
      pool.close();
      controller.close();
    },
  };
}

await runPart({ name: 'gateway', env: process.env, schema, start });
