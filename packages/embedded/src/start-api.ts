import { renameSync, writeFileSync } from 'node:fs';
import { createApiServer, type ApiServer } from '@openfunction/api-server';
import type { Store } from '@openfunction/store';
import type { Workloads } from '@openfunction/workload';
import { apiKinds } from './api-kinds.ts';
import { kubeconfig, type Credentials } from './credentials.ts';
import type { DataFolder } from './data-folder.ts';

/** The Kubernetes-shaped API over the platform's store and instances; writes the kubeconfig that leads to it. */
export async function startApi(options: {
  folder: DataFolder;
  /** Refuses by itself what may not be written. */
  store: Store;
  workloads: Workloads;
  keys: Credentials;
  port: number;
  log: (message: string, fields: Record<string, unknown>) => void;
}): Promise<ApiServer> {
  const { folder, store, workloads, keys, port, log } = options;
  const tls = { key: keys.certificateKey, cert: keys.certificate };
  const server = await createApiServer({ store, workloads, kinds: apiKinds(), tls, token: keys.token, port, version: '0.1.0', log });
  writeFileSync(`${folder.kubeconfig}.new`, kubeconfig(server.url, keys), { mode: 0o600 });
  renameSync(`${folder.kubeconfig}.new`, folder.kubeconfig);
  return server;
}
