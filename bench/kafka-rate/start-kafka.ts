import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { homedir } from 'node:os';
import path from 'node:path';
import { end, freePort } from '../processes.ts';

const libraries = path.join(process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache'), 'openfunction', 'kafka', 'libs');

/** One Apache Kafka broker with its data in the folder. */
export async function startKafka(folder: string): Promise<{ port: number; stop(): Promise<void> }> {
  if (!existsSync(libraries))
    throw new Error('This benchmark needs Apache Kafka, which scripts/bring-kafka.sh brings (with Java 17 and Maven). Run it once.');
  const [port, controllerPort] = [await freePort(), await freePort()];
  const file = path.join(folder, 'server.properties');
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': path.join(folder, 'data'),
    'num.partitions': 1,
    'offsets.topic.num.partitions': 1,
    'offsets.topic.replication.factor': 1,
    'group.initial.rebalance.delay.ms': 0,
  };
  writeFileSync(
    file,
    Object.entries(settings)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  );
  const classpath = ['-cp', path.join(libraries, '*')];
  const format = [...classpath, 'kafka.tools.StorageTool', 'format', '--cluster-id', 'AAAAAAAAAAAAAAAAAAAAAA', '--config', file];
  const { status, stderr } = spawnSync('java', format, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`The storage of Kafka cannot be formatted: ${stderr}`);
  const broker = spawn('java', ['-Xmx512m', ...classpath, 'kafka.Kafka', file], { stdio: 'ignore', cwd: folder });
  await opened(port, broker);
  return { port, stop: () => end(broker) };
}

async function opened(port: number, broker: ChildProcess): Promise<void> {
  while (!(await isOpen(port))) {
    if (broker.exitCode !== null) throw new Error(`Kafka ended with ${broker.exitCode} before it was ready.`);
    await new Promise((done) => setTimeout(done, 100));
  }
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => (socket.destroy(), resolve(true)));
    socket.once('error', () => resolve(false));
  });
}
