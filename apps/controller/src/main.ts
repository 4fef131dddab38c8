import { startController } from '@openfunction/controller';
import { holdLease, serviceAddress } from '@openfunction/kube';
import { clusterSettings, connectCluster, partSettings, port, runPart, tlsIdentity, type Part, type PartContext } from '@openfunction/part';
import { createBuilderClient, createPoolClient, grpcServer, grpcTransport, serveRoutes, type WatchResponse } from '@openfunction/protocol';
import { realClock } from '@openfunction/reconcile';
import { z } from 'zod';

const schema = partSettings.extend(clusterSettings.shape).extend({
  OFN_ROUTES_PORT: port,
  OFN_POOL_ADDRESS: z.string().min(1),
  OFN_BUILDER_ADDRESS: z.string().min(1),
  /** Suffix of external host names. */
  OFN_DOMAIN: z.string().min(1),
  OFN_CLUSTER_DOMAIN: z.string().min(1),
});

async function start({ settings, log, fail }: PartContext<z.infer<typeof schema>>): Promise<Part> {
  const { api, store, onError } = await connectCluster({ name: 'controller', settings, log });
  const lease = await holdLease({
    store,
    key: { namespace: settings.OFN_NAMESPACE, name: 'openfunction-controller' },
    identity: settings.OFN_POD_NAME,
    onTaken: (holder) => fail('Another one decides now, so this one ends', { holder }),
    onError,
  });
  const tls = await tlsIdentity(settings.OFN_TLS_DIR);
  const poolTransport = grpcTransport(settings.OFN_POOL_ADDRESS, { tls });
  const builderTransport = grpcTransport(settings.OFN_BUILDER_ADDRESS, { tls });
  const [pool, builder] = [createPoolClient(poolTransport), createBuilderClient(builderTransport)];
  const controller = startController({
    store: lease.guardStore(store),
    builder: {
      build: (request, { signal }) => builder.build(request, signal),
      cancel: (request) => builder.cancel(request, AbortSignal.timeout(30_000)),
    },
    pool: { watchServings: (request, { signal }) => pool.watchServings(request, signal) },
    defaultGateway: {
      apiVersion: 'networking.openfunction.io/v1alpha1',
      kind: 'Gateway',
      metadata: { namespace: settings.OFN_NAMESPACE, name: 'openfunction' },
      spec: {
        domain: settings.OFN_DOMAIN,
        clusterDomain: settings.OFN_CLUSTER_DOMAIN,
        gatewaySpec: { listeners: [{ name: 'http', port: 80, protocol: 'HTTP' }] },
      },
    },
    findAddress: () => serviceAddress(store, { namespace: settings.OFN_NAMESPACE, name: 'gateway-public' }),
    gatewayService: `gateway.${settings.OFN_NAMESPACE}.svc.${settings.OFN_CLUSTER_DOMAIN}`,
    clock: realClock,
    random: Math.random,
    log,
  });
  const routes = serveRoutes({
    watch: (request, signal) => controller.routes.watch(request, { signal }) as AsyncIterable<WatchResponse>,
  });
  const server = await grpcServer({ address: `0.0.0.0:${settings.OFN_ROUTES_PORT}`, services: [routes], tls });
  return {
    isReady: () => true,
    async close() {
      await server.close();
      await controller.close();
      await lease.release();
      poolTransport.close();
      builderTransport.close();
      await api.close();
    },
  };
}

await runPart({ name: 'controller', env: process.env, schema, start });
