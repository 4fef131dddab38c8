import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { canRun, freePort, giveTo, startServer, type TestServer } from './server-process.ts';

const program = '/usr/lib/rabbitmq/bin/rabbitmq-server';
const nameServer = '/usr/bin/epmd';

export const canRunRabbit = (): Promise<boolean> => canRun('RabbitMQ', [program, nameServer]);

/** A server with Erlang's name server of its own, which would otherwise outlive it; with the management plugin where it has a port. */
export async function startRabbit({ managementPort }: { managementPort?: number } = {}): Promise<TestServer> {
  const names = await startServer('epmd', {
    command: (_folder, port) => ({ program: nameServer, args: ['-port', String(port), '-address', '127.0.0.1'] }),
  });
  const distributionPort = await freePort();
  const user = unprivileged();
  const server = await startServer('rabbitmq', {
    prepare: async (folder) => {
      if (managementPort !== undefined) await enableManagement(folder, managementPort);
      if (user !== undefined) await giveTo(folder, user);
    },
    command: (folder, port) => ({
      program,
      args: [],
      env: {
        HOME: folder,
        ERL_EPMD_PORT: String(names.port),
        ERL_EPMD_ADDRESS: '127.0.0.1',
        RABBITMQ_NODENAME: 'tested@localhost',
        RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
        RABBITMQ_NODE_PORT: String(port),
        RABBITMQ_DIST_PORT: String(distributionPort),
        RABBITMQ_MNESIA_BASE: `${folder}/data`,
        RABBITMQ_LOG_BASE: `${folder}/log`,
        RABBITMQ_CONF_ENV_FILE: `${folder}/none`,
        RABBITMQ_CONFIG_FILE: `${folder}/${managementPort === undefined ? 'none' : 'rabbitmq.conf'}`,
        RABBITMQ_ENABLED_PLUGINS_FILE: `${folder}/plugins`,
        RABBITMQ_PID_FILE: `${folder}/pid`,
      },
      ...user,
    }),
    readyWithinMs: 90_000,
  }).catch(async (error: unknown) => {
    await names.remove();
    throw error;
  });
  return {
    ...server,
    remove: async () => {
      await server.remove();
      await names.remove();
    },
  };
}

/** It tells figures twice a second instead of each five. */
async function enableManagement(folder: string, port: number): Promise<void> {
  await writeFile(`${folder}/plugins`, '[rabbitmq_management].\n');
  const settings = [`management.tcp.port = ${port}`, 'management.tcp.ip = 127.0.0.1', 'collect_statistics_interval = 500'];
  await writeFile(`${folder}/rabbitmq.conf`, `${settings.join('\n')}\n`);
}

function unprivileged(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const idOf = (flag: string): number => Number(spawnSync('id', [flag, 'rabbitmq'], { encoding: 'utf8' }).stdout);
  return { uid: idOf('-u'), gid: idOf('-g') };
}
