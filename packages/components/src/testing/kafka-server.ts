import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { canRun, freePort, startServer, type TestServer } from './server-process.ts';

/** Where `scripts/bring-kafka.sh` puts the broker. */
const libraries = path.join(process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache'), 'openfunction', 'kafka', 'libs');
const java = ['/usr/bin/java', libraries];
const classpath = path.join(libraries, '*');

export const canRunKafka = (): Promise<boolean> => canRun('Kafka', java);

/** One Apache Kafka broker that makes topics of six partitions when they are asked for. */
export async function startKafka(): Promise<TestServer> {
  const controllerPort = await freePort();
  return startServer('kafka', {
    prepare: async (folder, port) => {
      await writeFile(path.join(folder, 'server.properties'), properties(folder, port, controllerPort));
      const format = [
        '-cp',
        classpath,
        'kafka.tools.StorageTool',
        'format',
        '--cluster-id',
        'AAAAAAAAAAAAAAAAAAAAAA',
        '--config',
        path.join(folder, 'server.properties'),
      ];
      const { status, stderr } = spawnSync('java', format, { encoding: 'utf8' });
      if (status !== 0) throw new Error(`The storage of Kafka cannot be formatted: ${stderr}`);
    },
    command: (folder) => ({
      program: 'java',
      args: [
        '-Xmx256m',
        '-XX:TieredStopAtLevel=1',
        '-Xshare:auto',
        '-cp',
        classpath,
        'kafka.Kafka',
        path.join(folder, 'server.properties'),
      ],
    }),
    readyWithinMs: 60_000,
  });
}

function properties(folder: string, port: number, controllerPort: number): string {
  return `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controllerPort}
listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}
advertised.listeners=PLAINTEXT://127.0.0.1:${port}
controller.listener.names=CONTROLLER
log.dirs=${path.join(folder, 'data')}
num.partitions=6
auto.create.topics.enable=true
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
`;
}
