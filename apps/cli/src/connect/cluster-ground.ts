import { ClientError, type Client } from '@openfunction/client';
import type { Transport } from '@openfunction/protocol';
import { podKind } from '@openfunction/resources/nouns';
import type { Pod } from './function-instances.ts';
import type { Ground } from './ground.ts';

const platform = 'openfunction';
/** On the loopback of a part's pod: only who may forward ports to it gets there. */
const forwardedPort = 9090;
const gatewayPort = 8080;

export interface ClusterGroundOptions {
  kubeconfigs: readonly string[];
  context?: string;
  client: Client;
  /** Told why a forwarded connection came to nothing: who used it sees no more than its end. */
  warn: (text: string) => void;
}

/** A cluster where the chart is installed, reached by port-forward, which the API server authorises. */
export function clusterGround({ client, warn, ...config }: ClusterGroundOptions): Ground {
  const forwards: { close(): Promise<void> }[] = [];
  const transports: Transport[] = [];
  const forward = async (part: string, port: number, signal: AbortSignal): Promise<number> => {
    const pod = await readyPod(client, part, signal);
    const { forwardPort } = await import('@openfunction/kube');
    const onError = ({ message }: Error): void => warn(`The port of ${platform}/${pod} could not be forwarded: ${message}`);
    const forwarded = await forwardPort({ ...config, namespace: platform, pod, port, onError, signal });
    forwards.push(forwarded);
    return forwarded.port;
  };
  const ask = async (part: string, signal: AbortSignal): Promise<Transport> => {
    const port = await forward(part, forwardedPort, signal);
    const { grpcTransport } = await import('@openfunction/protocol');
    const transport = grpcTransport(`127.0.0.1:${port}`);
    transports.push(transport);
    return transport;
  };
  return {
    imagePrefix: undefined,
    builder: (signal) => ask('builder', signal),
    pool: (signal) => ask('pod-pool', signal),
    gateway: async (signal) => ({ host: '127.0.0.1', port: await forward('gateway', gatewayPort, signal) }),
    publicUrl: (url) => url,
    async close() {
      for (const transport of transports) transport.close();
      await Promise.all(forwards.map((one) => one.close()));
    },
  };
}

async function readyPod(client: Client, part: string, signal: AbortSignal): Promise<string> {
  const labelSelector = `app.kubernetes.io/name=openfunction,app.kubernetes.io/component=${part}`;
  const { items } = await client.list(podKind, { namespace: platform, labelSelector, signal });
  const pod = (items as Pod[]).find(({ status }) => status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'));
  if (pod !== undefined) return pod.metadata.name;
  const why = items.length === 0 ? 'OpenFunction is not installed there' : `its pod ${items[0]?.metadata.name} is not ready`;
  throw new ClientError(
    'Unavailable',
    `The ${part} of OpenFunction cannot be reached: ${why}. See "kubectl get pods -n ${platform}", or install the chart with helm.`,
  );
}
