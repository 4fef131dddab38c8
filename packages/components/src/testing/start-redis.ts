import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

export interface TestServer {
  /** host:port. */
  readonly address: string;
  readonly password: string;
  /** SIGKILL; what it acknowledged is there after {@link start}. */
  kill(): Promise<void>;
  start(): Promise<void>;
  signal(signal: NodeJS.Signals): void;
  close(): Promise<void>;
}

/** A Redis of one's own, on loopback unless another address is given, which keeps what it acknowledged. */
export async function startRedis({ host = '127.0.0.1' }: { host?: string } = {}): Promise<TestServer> {
  if (spawnSync('redis-server', ['--version']).status !== 0)
    throw new Error('these tests need redis-server; `npm test` installs it, or: scripts/bring-packages.sh redis-server:redis-server');
  const folder = await mkdtemp(path.join(tmpdir(), 'ofn-redis-'));
  const port = await freePort(host);
  const password = randomUUID();
  let child: ChildProcess | undefined;
  const settings = [
    '--port',
    String(port),
    '--bind',
    host,
    '--dir',
    folder,
    '--requirepass',
    password,
    '--appendonly',
    'yes',
    '--appendfsync',
    'always',
    '--save',
    '',
  ];
  const start = async (): Promise<void> => {
    child = spawn('redis-server', settings, { stdio: 'ignore' });
    while (!(await listens(port, host))) if (child.exitCode !== null) throw new Error('redis-server ended at once');
  };
  const kill = async (): Promise<void> => {
    if (child === undefined || child.exitCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    child = undefined;
  };
  await start();
  return {
    address: `${host}:${port}`,
    password,
    kill,
    start,
    signal: (signal) => void child?.kill(signal),
    close: async () => {
      await kill();
      await rm(folder, { recursive: true });
    },
  };
}

async function freePort(host: string): Promise<number> {
  const server = createServer().listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function listens(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host);
    socket.once('connect', () => (socket.destroy(), resolve(true)));
    socket.once('error', () => setTimeout(() => resolve(false), 10));
  });
}
