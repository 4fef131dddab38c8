import path from 'node:path';
import { freePort, startServer, type TestServer } from './server-process.ts';

export interface NatsCluster {
  /** Of each server, which has the address 127.0.0.N and the same ports. */
  names: readonly string[];
  addressOf(name: string): string | undefined;
  port: number;
  monitoringPort: number;
  remove(): Promise<void>;
}

const program = '/usr/sbin/nats-server';

/** Three servers with JetStream. Needs a loopback network of many addresses, as Linux has. */
export async function startNatsCluster(): Promise<NatsCluster> {
  const [port, monitoringPort, clusterPort] = [await freePort(), await freePort(), await freePort()];
  const addresses = new Map(['n1', 'n2', 'n3'].map((name, index) => [name, `127.0.0.${index + 1}`]));
  const routes = [...addresses.values()].map((address) => `nats://${address}:${clusterPort}`);
  const start = ([name, address]: [string, string]): Promise<TestServer> =>
    startServer(`nats-${name}`, {
      command: (folder) => ({
        program,
        args: [
          '-js',
          `--addr=${address}`,
          `--port=${port}`,
          `--http_port=${monitoringPort}`,
          `--store_dir=${path.join(folder, 'data')}`,
          `--server_name=${name}`,
          '--cluster_name=tested',
          `--cluster=nats://${address}:${clusterPort}`,
          `--routes=${routes.join(',')}`,
        ],
      }),
      isReady: () => isLed(`http://${address}:${monitoringPort}/jsz`),
    });
  // None is ready before the others are there.
  const servers = await Promise.all([...addresses].map(start));
  return {
    names: [...addresses.keys()],
    addressOf: (name) => addresses.get(name),
    port,
    monitoringPort,
    remove: async () => {
      await Promise.all(servers.map((server) => server.remove()));
    },
  };
}

async function isLed(url: string): Promise<boolean> {
  const answer = await fetch(url).catch(() => undefined);
  const { meta_cluster: cluster } = ((await answer?.json()) ?? {}) as { meta_cluster?: { leader?: string; cluster_size?: number } };
  return cluster?.cluster_size === 3 && cluster.leader !== undefined && cluster.leader !== '';
}
