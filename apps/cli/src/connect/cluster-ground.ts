import { forwardPort } from '@openfunction/kube';
import { grpcTransport, type Transport } from '@openfunction/protocol';
import type { Ground } from './ground.ts';

const platform = 'openfunction';
/** On the loopback of the builder's pod: only who may forward ports to it gets there. */
const builderPort = 9090;
const gatewayPort = 8080;

/** A cluster where the chart is installed, reached by port-forward, which the API server authorises. */
export function clusterGround(options: { kubeconfig: string; context?: string }): Ground {
  const forwards: { close(): Promise<void> }[] = [];
  const transports: Transport[] = [];
  const forward = async (part: string, port: number, signal: AbortSignal): Promise<number> => {
    const labels = `app.kubernetes.io/name=openfunction,app.kubernetes.io/component=${part}`;
    const forwarded = await forwardPort({ ...options, namespace: platform, labels, port, signal });
    forwards.push(forwarded);
    return forwarded.port;
  };
  return {
    imagePrefix: undefined,
    async builder(signal) {
      const transport = grpcTransport(`127.0.0.1:${await forward('builder', builderPort, signal)}`);
      transports.push(transport);
      return transport;
    },
    gateway: async (signal) => ({ host: '127.0.0.1', port: await forward('gateway', gatewayPort, signal) }),
    publicUrl: (url) => url,
    async close() {
      for (const transport of transports) transport.close();
      await Promise.all(forwards.map((one) => one.close()));
    },
  };
}
