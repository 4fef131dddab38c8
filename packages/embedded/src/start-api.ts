import { renameSync, writeFileSync } from 'node:fs';
import { createApiServer, type ApiServer } from '@openfunction/api-server';
import type { Store } from '@openfunction/store';
import type { Workloads } from '@openfunction/workload';
import { apiKinds } from './api-kinds.ts';
import { convertedStore } from './converted-store.ts';
import { kubeconfig, type Credentials } from './credentials.ts';
import type { DataFolder } from './data-folder.ts';
import { EmbeddedError } from './embedded-error.ts';

/** The Kubernetes-shaped API over the platform's store and instances; writes the kubeconfig that leads to it. */
export async function startApi(options: {
  folder: DataFolder;
  /** Refuses by itself what may not be written. */
  store: Store;
  workloads: Workloads;
  keys: Credentials;
  port: number;
  /** Any other port when that one is taken. */
  orAny?: boolean;
  metrics: () => string;
  log: (message: string, fields: Record<string, unknown>) => void;
}): Promise<ApiServer> {
  const { folder, store, workloads, keys, port, log } = options;
  const tls = { key: keys.certificateKey, cert: keys.certificate };
  const start = (at: number): Promise<ApiServer> =>
    createApiServer({
      store: convertedStore(store),
      workloads,
      kinds: apiKinds(),
      tls,
      token: keys.token,
      port: at,
      version: '0.1.0',
      metrics: options.metrics,
      log,
    });
  const server = await start(port).catch((cause: unknown) => {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE')) throw cause;
    if (options.orAny === true) return start(0);
    throw new EmbeddedError(
      'PortTaken',
      `Another program listens on port ${port}, where the API was to be. Give another one with --api-port.`,
      { cause },
    );
  });
  writeFileSync(`${folder.kubeconfig}.new`, kubeconfig(server.url, keys), { mode: 0o600 });
  renameSync(`${folder.kubeconfig}.new`, folder.kubeconfig);
  return server;
}
