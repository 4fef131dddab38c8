import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { openScaler, type ComponentEvent } from '@openfunction/components';
import { daprMessageBus, daprMetrics, daprRuntime, serveApi, serveGrpcApi } from '@openfunction/dapr-runtime';
import { startEventBus } from '@openfunction/event-bus';
import { activatorClient, instanceSlots } from '@openfunction/gateway';
import {
  connectCluster,
  followReplicas,
  holderTransport,
  runPart,
  serveByHolder,
  takeLease,
  watchIdentity,
  type Part,
  type PartContext,
} from '@openfunction/part';
import { createPoolClient, createPoolSourcesClient, grpcServer, grpcTransport, serveEventBus } from '@openfunction/protocol';
import { realClock, steadyClock } from '@openfunction/reconcile';
import { busMetrics } from './bus-metrics.ts';
import { settings as schema, type Settings } from './settings.ts';
import { sharedComponents } from './shared-components.ts';

const maxBodyBytes = 4 * 1024 * 1024;
/** What is under way when it is to end has so long. */
const drainMs = 25_000;
/** Until everybody knows that this replica ends, it goes on serving the API. */
const knownMs = 5_000;
const closeMs = 5_000;

async function start({ settings, log, metrics, fail }: PartContext<Settings>): Promise<Part> {
  const { api, store, onError } = await connectCluster({ name: 'event-bus', settings, log, metrics });
  let isEnding = false;
  const onChange = (): void => void (isEnding || bus.leadingChanged());
  const lease = takeLease({ store, name: 'event-bus', settings, metrics, fail, onError, onChange });
  const tls = await watchIdentity({ folder: settings.OFN_TLS_DIR, onError });
  const poolTransport = grpcTransport(settings.OFN_POOL_ADDRESS, { tls });
  // Images that speak gRPC are called where they listen: the gateway carries HTTP/1.1.
  const pool = followReplicas({
    address: settings.OFN_POOL_REPLICAS,
    serverName: settings.OFN_POOL_SERVER_NAME,
    tls,
    client: createPoolClient,
  });
  const instances = instanceSlots({
    activator: activatorClient({ pool, gatewayId: settings.OFN_POD_NAME, backoffMs: { first: 100, longest: 500 } }),
  });
  const report = ({ message, component, level, fields }: ComponentEvent): void => log(message, { component, level, ...fields });
  const counts = daprMetrics();
  const runtime = daprRuntime({
    clock: realClock,
    random: Math.random,
    // Components are the functions' own, and this process's variables are not theirs.
    environment: {},
    metrics: counts,
    report,
  });
  const bus = startEventBus({
    store,
    bus: sharedComponents(daprMessageBus({ runtime, at: settings.OFN_GATEWAY_ADDRESS, instances }), {
      replicas: settings.OFN_REPLICA_COUNT,
    }),
    pool: createPoolSourcesClient(poolTransport),
    scalers: { open: (trigger, environment) => openScaler(trigger, { clock: realClock, random: Math.random, environment, report }) },
    tokenKey: await readFile(settings.OFN_MESSAGING_KEY),
    clusterDomain: settings.OFN_CLUSTER_DOMAIN,
    namespaces: settings.OFN_FUNCTION_NAMESPACES,
    leading: lease.isHeld,
    clock: steadyClock,
    random: Math.random,
    log,
  });
  const holder = holderTransport({ holderHost: lease.holderHost, port: settings.OFN_BUS_PORT, serverName: settings.OFN_SERVER_NAME, tls });
  const { service, passedOn } = serveByHolder({ service: serveEventBus(bus.service), isHeld: lease.isHeld, holder: holder.current });
  const server = await grpcServer({ address: `0.0.0.0:${settings.OFN_BUS_PORT}`, services: [service, passedOn], tls });
  const apps = (): typeof runtime.apps => runtime.apps;
  const onApiError = (error: unknown): void => log('A call of the API failed by a fault of the platform', error);
  const http = await serveApi({
    listen: { host: '0.0.0.0', port: settings.OFN_DAPR_HTTP_PORT },
    apps,
    maxBodyBytes,
    onError: onApiError,
    onAnswer: counts.answered,
  });
  const grpc = await serveGrpcApi({
    host: '0.0.0.0',
    port: settings.OFN_DAPR_GRPC_PORT,
    apps,
    findChannel: runtime.findChannel,
    maxBodyBytes,
  });
  return {
    isReady: bus.isReady,
    metrics: () => busMetrics(runtime) + counts.text(),
    async close() {
      isEnding = true;
      // Handlers of what is under way call the API until they are done.
      await Promise.all([runtime.drain(AbortSignal.timeout(drainMs)), sleep(knownMs)]);
      await lease.release();
      await Promise.all([http.close(AbortSignal.timeout(closeMs)), grpc.close(), server.close()]);
      await bus.close(closeMs);
      await instances.close();
      holder.close();
      poolTransport.close();
      tls.close();
      await api.close();
    },
  };
}

await runPart({ name: 'event-bus', env: process.env, schema, start });
