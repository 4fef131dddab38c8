import { kubeApi, type Connection, type KubeApi } from './api.ts';
import { loadConfig, type ConfigOptions } from './load-config.ts';

/** What a kubeconfig says of a cluster and of who asks, login plugins included. */
export async function clusterConnection(options: ConfigOptions): Promise<Connection & { namespace: string; context: string }> {
  const config = await loadConfig(options);
  const cluster = config.getCurrentCluster();
  if (!cluster) throw new Error('The kubeconfig names no current cluster. Choose one with "kubectl config use-context".');
  const authorized = async (): Promise<Record<string, unknown>> => {
    const options: Record<string, unknown> = { headers: {} };
    await config.applyToHTTPSOptions(options);
    return options;
  };
  const { ca, cert, key } = (await authorized()) as Connection['tls'];
  return {
    context: config.currentContext,
    namespace: config.getContextObject(config.currentContext)?.namespace ?? 'default',
    server: cluster.server,
    tls: { ca, cert, key, rejectUnauthorized: !cluster.skipTLSVerify, servername: cluster.tlsServerName },
    headers: async () => {
      const { headers, auth } = (await authorized()) as { headers: Record<string, string>; auth?: string };
      return auth === undefined ? headers : { ...headers, authorization: `Basic ${Buffer.from(auth).toString('base64')}` };
    },
  };
}

/** From a kubeconfig file; without one as kubectl does it (KUBECONFIG, ~/.kube/config, then the pod's service account). */
export async function connectKube(options: { kubeconfig?: string; userAgent?: string; timeoutMs?: number } = {}): Promise<KubeApi> {
  const kubeconfigs = options.kubeconfig === undefined ? [] : [options.kubeconfig];
  return kubeApi(await clusterConnection({ kubeconfigs }), options);
}
