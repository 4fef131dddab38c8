import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Connection } from './api.ts';

export interface InClusterOptions {
  /** `KUBERNETES_SERVICE_HOST` and `KUBERNETES_SERVICE_PORT`. */
  host: string;
  port: number;
  /** Where the service account is mounted. */
  folder?: string;
}

/** The kubelet renews a token long before it ends. */
const tokenAgeMs = 60_000;

/** The API server by the pod's own service account. */
export async function inClusterConnection(options: InClusterOptions): Promise<Connection> {
  const { host, port, folder = '/var/run/secrets/kubernetes.io/serviceaccount' } = options;
  let token = '';
  let readAt = -Infinity;
  return {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    tls: { ca: await readFile(join(folder, 'ca.crt')) },
    headers: async () => {
      if (performance.now() - readAt > tokenAgeMs) {
        token = (await readFile(join(folder, 'token'), 'utf8')).trim();
        readAt = performance.now();
      }
      return { authorization: `Bearer ${token}` };
    },
  };
}
