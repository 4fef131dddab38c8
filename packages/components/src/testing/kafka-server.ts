import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { canRun, freePort, loopback, startServer, type ServerAddress, type ServerProgram, type TestServer } from './server-process.ts';

/** Where `scripts/bring-kafka.sh` puts the broker. */
const libraries = path.join(process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache'), 'openfunction', 'kafka', 'libs');
const java = ['/usr/bin/java', libraries];
const classpath = path.join(libraries, '*');

export const canRunKafka = (): Promise<boolean> => canRun('Kafka', java);

/** A second way in, by TLS, for one user by PLAIN and SCRAM. */
export interface SecureListener {
  port: number;
  /** PEM. */
  key: string;
  certificate: string;
  username: string;
  password: string;
}

/** One Apache Kafka broker that makes topics of six partitions when they are asked for. */
export async function startKafka({ host = loopback, secure }: ServerAddress & { secure?: SecureListener } = {}): Promise<TestServer> {
  const controllerPort = await freePort();
  const program: ServerProgram = {
    prepare: async (folder, port) => {
      await writeFile(path.join(folder, 'server.properties'), properties({ folder, host, port, controllerPort, secure }));
      if (secure !== undefined) await writeFile(path.join(folder, 'identity.pem'), `${secure.key}${secure.certificate}\n`);
      const format = [
        '-cp',
        classpath,
        'kafka.tools.StorageTool',
        'format',
        '--cluster-id',
        'AAAAAAAAAAAAAAAAAAAAAA',
        '--config',
        path.join(folder, 'server.properties'),
        ...(secure === undefined ? [] : ['--add-scram', `SCRAM-SHA-512=[name=${secure.username},password=${secure.password}]`]),
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
  };
  return startServer('kafka', program, { host });
}

interface Properties {
  folder: string;
  host: string;
  port: number;
  controllerPort: number;
  secure: SecureListener | undefined;
}

function properties({ folder, host, port, controllerPort, secure }: Properties): string {
  const ways = [`PLAINTEXT://${host}:${port}`, ...(secure === undefined ? [] : [`SASL_SSL://${host}:${secure.port}`])].join(',');
  return `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controllerPort}
listeners=${ways},CONTROLLER://127.0.0.1:${controllerPort}
advertised.listeners=${ways}
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL
${secure === undefined ? '' : security(folder, secure)}controller.listener.names=CONTROLLER
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

function security(folder: string, { username, password }: SecureListener): string {
  const modules = 'org.apache.kafka.common.security';
  return `sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-512
ssl.keystore.type=PEM
ssl.keystore.location=${path.join(folder, 'identity.pem')}
listener.name.sasl_ssl.plain.sasl.jaas.config=${modules}.plain.PlainLoginModule required user_${username}="${password}";
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=${modules}.scram.ScramLoginModule required;
`;
}
