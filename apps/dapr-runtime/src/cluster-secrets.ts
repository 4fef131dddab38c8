import type { ClusterSecrets } from '@openfunction/components';

/** The Secrets of the cluster that this process runs in, by its service account; connected when the first is asked for. */
export function clusterSecrets({ host, port }: { host: string; port: number }): ClusterSecrets {
  let connected: Promise<ClusterSecrets> | undefined;
  const secrets = (): Promise<ClusterSecrets> => {
    connected ??= connect({ host, port }).catch((error: unknown) => {
      // The next one that asks tries again.
      connected = undefined;
      throw error;
    });
    return connected;
  };
  return {
    get: async (namespace, name, signal) => (await secrets()).get(namespace, name, signal),
    list: async (namespace, signal) => (await secrets()).list(namespace, signal),
  };
}

// Loaded by those alone that have such a store: no app without one starts the later for it.
async function connect(at: { host: string; port: number }): Promise<ClusterSecrets> {
  const { inClusterConnection, kubeApi, readSecrets } = await import('@openfunction/kube');
  return readSecrets(kubeApi(await inClusterConnection(at), { userAgent: 'openfunction-dapr-runtime' }));
}
