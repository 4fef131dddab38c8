import { readFileSync, rmSync } from 'node:fs';
import { openScaler, type ComponentEvent } from '@openfunction/components';
import { daprMessageBus, daprRuntime, serveApi, serveGrpcApi } from '@openfunction/dapr-runtime';
import { activatorClient, instanceSlots } from '@openfunction/gateway';
import { startEventBus, type SourceReports } from '@openfunction/event-bus';
import { serveEventBus, type PoolScheduler, type Service } from '@openfunction/protocol';
import { realClock } from '@openfunction/reconcile';
import type { Store } from '@openfunction/store';
import type { DataFolder } from './data-folder.ts';

export interface EventsOptions {
  folder: DataFolder;
  store: Store;
  /** Of pool.v1. */
  pool: SourceReports & Pick<PoolScheduler, 'connect'>;
  /** Where functions reach the API of their building blocks. */
  listen: { host: string; port: number } | { fd: number };
  log: (message: string, fields?: unknown) => void;
}

export interface Events {
  /** bus.v1. */
  service: Service;
  close(options: { graceMs: number }): Promise<void>;
}

const maxBodyBytes = 4 * 2 ** 20;

/** Brings functions their messages, and serves them their building blocks. */
export async function startEvents({ folder, store, pool, listen, log }: EventsOptions): Promise<Events> {
  const report = ({ level, message, component, fields }: ComponentEvent): void => {
    if (level !== 'info') log(message, { level, component, ...fields });
  };
  const runtime = daprRuntime({
    clock: realClock,
    random: Math.random,
    // Functions name what is theirs in their manifests; the variables of this machine are nobody's.
    environment: {},
    report,
  });
  const apps = (): typeof runtime.apps => runtime.apps;
  const onError = (error: unknown): void => log('A call of the API of building blocks failed', error);
  const api = await serveApi({ listen, apps, maxBodyBytes, onError });
  // One that was killed leaves its socket behind.
  rmSync(folder.daprHttpSocket, { force: true });
  const http = await serveApi({ listen: { path: folder.daprHttpSocket }, apps, maxBodyBytes, onError });
  const grpc = await serveGrpcApi({ path: folder.daprGrpcSocket, apps, findChannel: runtime.findChannel, maxBodyBytes });
  // Images that speak gRPC are called where they listen: the gateway carries HTTP/1.1.
  const instances = instanceSlots({ activator: activatorClient({ pool, gatewayId: 'events' }) });
  const bus = startEventBus({
    store,
    // Every function is called by its name inside the platform, as functions call each other.
    bus: daprMessageBus({ runtime, at: { port: 80, socketPath: folder.internalSocket }, instances }),
    pool,
    scalers: {
      open: (trigger, environment) => openScaler(trigger, { clock: realClock, random: Math.random, environment, report }),
    },
    tokenKey: readFileSync(folder.messagesKey),
    clusterDomain: 'cluster.local',
    namespaces: 'all',
    clock: realClock,
    random: Math.random,
    log,
  });
  return {
    service: serveEventBus(bus.service),
    async close({ graceMs }) {
      // First what is brought: its handlers may still need the API.
      await bus.close(graceMs);
      await Promise.all([api.close(AbortSignal.timeout(graceMs)), http.close(AbortSignal.timeout(graceMs)), grpc.close()]);
      await runtime.close(AbortSignal.timeout(graceMs));
      await instances.close();
    },
  };
}
