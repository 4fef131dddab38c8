import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import {
  canRun,
  freePort,
  giveTo,
  loopback,
  startServer,
  type ServerAddress,
  type ServerProgram,
  type TestServer,
} from './server-process.ts';

const serverProgram = '/usr/lib/rabbitmq/bin/rabbitmq-server';
const nameServer = '/usr/bin/epmd';

export const canRunRabbit = (): Promise<boolean> => canRun('RabbitMQ', [serverProgram, nameServer]);

/** A server with Erlang's name server of its own, which would otherwise outlive it; with the management plugin where it has a port. */
export async function startRabbit({
  host = loopback,
  managementPort,
}: ServerAddress & { managementPort?: number } = {}): Promise<TestServer> {
  const names = await startServer('epmd', {
    command: (_folder, port) => ({ program: nameServer, args: ['-port', String(port), '-address', '127.0.0.1'] }),
  });
  const distributionPort = await freePort();
  const user = unprivileged();
  const program: ServerProgram = {
    prepare: async (folder) => {
      await configure(folder, managementPort);
      if (user !== undefined) await giveTo(folder, user);
    },
    command: (folder, port) => ({
      program: serverProgram,
      args: [],
      env: {
        HOME: folder,
        ERL_EPMD_PORT: String(names.port),
        ERL_EPMD_ADDRESS: '127.0.0.1',
        RABBITMQ_NODENAME: 'tested@localhost',
        RABBITMQ_NODE_IP_ADDRESS: host,
        RABBITMQ_NODE_PORT: String(port),
        RABBITMQ_DIST_PORT: String(distributionPort),
        RABBITMQ_MNESIA_BASE: `${folder}/data`,
        RABBITMQ_LOG_BASE: `${folder}/log`,
        RABBITMQ_CONF_ENV_FILE: `${folder}/none`,
        RABBITMQ_CONFIG_FILE: `${folder}/rabbitmq.conf`,
        RABBITMQ_ENABLED_PLUGINS_FILE: `${folder}/plugins`,
        RABBITMQ_PID_FILE: `${folder}/pid`,
      },
      ...user,
    }),
    readyWithinMs: 90_000,
  };
  const server = await startServer('rabbitmq', program, { host }).catch(async (error: unknown) => {
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

/** Management tells figures twice a second instead of each five. */
async function configure(folder: string, managementPort?: number): Promise<void> {
  // Its first user may come from other addresses than loopback.
  const settings = ['loopback_users = none'];
  if (managementPort !== undefined) {
    await writeFile(`${folder}/plugins`, '[rabbitmq_management].\n');
    settings.push(`management.tcp.port = ${managementPort}`, 'management.tcp.ip = 127.0.0.1', 'collect_statistics_interval = 500');
  }
  await writeFile(`${folder}/rabbitmq.conf`, `${settings.join('\n')}\n`);
}

function unprivileged(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const idOf = (flag: string): number => Number(spawnSync('id', [flag, 'rabbitmq'], { encoding: 'utf8' }).stdout);
  return { uid: idOf('-u'), gid: idOf('-g') };
}
