import { outputOf } from '../run-command.ts';

/** The cluster that the scenarios run on. */
export interface Cluster {
  /** Brought up by e2e/cluster: its processes are processes of this machine. */
  isOurs: boolean;
  /** Of function images, as this process and the cluster both reach it. */
  registry: string;
  plainHttp: boolean;
  /** Where the tests may serve a registry from which nodes pull without TLS. */
  lockedRegistry?: { host: string; port: number };
  /** An address of this machine that pods reach. */
  serverHost: string;
}

export function clusterOf(env: NodeJS.ProcessEnv): Cluster {
  const own = env['OFN_CLUSTER_REGISTRY'];
  if (own !== undefined) {
    const [host = '', port] = (env['OFN_CLUSTER_LOCKED_REGISTRY'] ?? '').split(':');
    return {
      isOurs: true,
      registry: own,
      plainHttp: true,
      serverHost: env['OFN_CLUSTER_NODE_IP'] ?? '',
      ...(port === undefined ? {} : { lockedRegistry: { host, port: Number(port) } }),
    };
  }
  const registry = env['OFN_E2E_REGISTRY'];
  if (registry === undefined) {
    throw new Error(
      'There is no registry for the images of functions. Set OFN_E2E_REGISTRY to one that this machine and the cluster reach.',
    );
  }
  const serverHost = env['OFN_E2E_SERVER_HOST'];
  if (serverHost === undefined) {
    throw new Error('There is no address for what scenarios serve. Set OFN_E2E_SERVER_HOST to one of this machine that pods reach.');
  }
  return { isOurs: false, registry, plainHttp: env['OFN_E2E_REGISTRY_PLAIN_HTTP'] === 'true', serverHost };
}

/** Where the public Service is reached from outside the cluster. */
export async function publicAddress(): Promise<{ host: string; port: number }> {
  const service = JSON.parse(await outputOf('kubectl', ['get', 'service', 'gateway-public', '-n', 'openfunction', '-o', 'json'])) as {
    spec: { ports: { nodePort: number }[] };
  };
  const nodes = JSON.parse(await outputOf('kubectl', ['get', 'nodes', '-o', 'json'])) as {
    items: { status: { addresses: { type: string; address: string }[] } }[];
  };
  const host = nodes.items[0]?.status.addresses.find(({ type }) => type === 'InternalIP')?.address ?? '';
  return { host, port: service.spec.ports[0]?.nodePort ?? 0 };
}
