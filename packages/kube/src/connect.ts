import { kubeApi, type Connection, type KubeApi } from './api.ts';

async function connectionFrom(kubeconfig: string | undefined): Promise<Connection> {
  // Lazy: this import alone costs 0.6 s and 90 MB, and only those who talk to a cluster may pay it.
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  if (kubeconfig === undefined) config.loadFromDefault();
  else config.loadFromFile(kubeconfig);
  const cluster = config.getCurrentCluster();
  if (!cluster) throw new Error('The kubeconfig names no current cluster. Choose one with "kubectl config use-context".');
  const authorized = async (): Promise<Record<string, unknown>> => {
    const options: Record<string, unknown> = { headers: {} };
    await config.applyToHTTPSOptions(options);
    return options;
  };
  const { ca, cert, key } = (await authorized()) as Connection['tls'];
  return {
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
  return kubeApi(await connectionFrom(options.kubeconfig), options);
}
