import { startController } from '@openfunction/controller';
import { serviceAddress } from '@openfunction/kube';
import {
  clusterSettings,
  connectCluster,
  partSettings,
  port,
  runPart,
  takeLease,
  watchIdentity,
  type Part,
  type PartContext,
} from '@openfunction/part';
import {
  createBuilderClient,
  createEventBusClient,
  createPoolClient,
  grpcServer,
  grpcTransport,
  serveRoutes,
  type WatchResponse,
} from '@openfunction/protocol';
import { realClock } from '@openfunction/reconcile';
import { z } from 'zod';
import { keepRenewing } from './certificates/keep-renewing.ts';
import { ofMessages } from './of-messages.ts';
import { servicesIn } from './services-in.ts';

const schema = partSettings.extend(clusterSettings.shape).extend({
  OFN_ROUTES_PORT: port,
  OFN_POOL_ADDRESS: z.string().min(1),
  OFN_BUILDER_ADDRESS: z.string().min(1),
  /** Of event-bus; none where functions get no messages. */
  OFN_BUS_ADDRESS: z.string().min(1).optional(),
  /** Suffix of external host names. */
  OFN_DOMAIN: z.string().min(1),
  OFN_CLUSTER_DOMAIN: z.string().min(1),
  OFN_CERTIFICATE_DAYS: z.coerce.number().int().min(1),
});

async function start({ settings, log, metrics, fail }: PartContext<z.infer<typeof schema>>): Promise<Part> {
  const { api, store, onError } = await connectCluster({ name: 'controller', settings, log, metrics });
  const lease = takeLease({ store, name: 'controller', settings, metrics, fail, onError, onChange: () => controller.leadingChanged() });
  const tls = await watchIdentity({ folder: settings.OFN_TLS_DIR, onError });
  const poolTransport = grpcTransport(settings.OFN_POOL_ADDRESS, { tls });
  const builderTransport = grpcTransport(settings.OFN_BUILDER_ADDRESS, { tls });
  const busTransport = settings.OFN_BUS_ADDRESS === undefined ? undefined : grpcTransport(settings.OFN_BUS_ADDRESS, { tls });
  const [pool, builder] = [createPoolClient(poolTransport), createBuilderClient(builderTransport)];
  const backend = { namespace: settings.OFN_NAMESPACE, name: 'gateway-public' };
  const controller = startController({
    store: lease.guardStore(servicesIn(store, settings.OFN_FUNCTION_NAMESPACES)),
    builder: {
      build: (request, { signal }) => builder.build(request, signal),
      cancel: (request) => builder.cancel(request, AbortSignal.timeout(30_000)),
    },
    pool: { watchServings: (request, { signal }) => pool.watchServings(request, signal) },
    ...(busTransport === undefined ? {} : ofMessages(createEventBusClient(busTransport))),
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
    backend,
    namespaces: settings.OFN_FUNCTION_NAMESPACES,
    findAddress: () => serviceAddress(store, backend),
    gatewayService: `gateway.${settings.OFN_NAMESPACE}.svc.${settings.OFN_CLUSTER_DOMAIN}`,
    leading: lease.isHeld,
    observe: metrics.observer,
    clock: realClock,
    random: Math.random,
    log,
  });
  const renewing = keepRenewing({ store: lease.guardStore(store), leading: lease.isHeld, settings, clock: realClock, log });
  const routes = serveRoutes({
    watch: (request, signal) => controller.routes.watch(request, { signal }) as AsyncIterable<WatchResponse>,
  });
  const server = await grpcServer({ address: `0.0.0.0:${settings.OFN_ROUTES_PORT}`, services: [routes], tls });
  return {
    isReady: controller.isReady,
    async close() {
      renewing.close();
      await server.close();
      await controller.close();
      await lease.release();
      poolTransport.close();
      builderTransport.close();
      busTransport?.close();
      tls.close();
      await api.close();
    },
  };
}

await runPart({ name: 'controller', env: process.env, schema, start });
