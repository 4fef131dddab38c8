import { inClusterConnection, kubeApi, kubeStore, type KubeApi } from '@openfunction/kube';
import type { Store } from '@openfunction/store';
import type { Log } from './log.ts';
import type { PartMetrics } from './part-metrics.ts';

/** The API server as this part may use it, and the Store in it. */
export async function connectCluster(options: {
  name: string;
  settings: { KUBERNETES_SERVICE_HOST: string; KUBERNETES_SERVICE_PORT: number };
  log: Log;
  metrics: PartMetrics;
}): Promise<{ api: KubeApi; store: Store; onError: (error: unknown) => void }> {
  const { name, settings, log, metrics } = options;
  const connection = await inClusterConnection({ host: settings.KUBERNETES_SERVICE_HOST, port: settings.KUBERNETES_SERVICE_PORT });
  // The name by which the audit log tells the parts apart.
  const api = kubeApi(connection, { userAgent: `openfunction-${name}`, onAnswer: metrics.apiAnswered });
  const onError = (error: unknown): void => log('The API server is asked again', error);
  return { api, store: kubeStore({ api, onError }), onError };
}
