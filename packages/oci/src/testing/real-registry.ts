import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

export interface RealRegistry {
  /** Host and port. */
  host: string;
  close(): Promise<void>;
}

const program = '/usr/bin/docker-registry';
export const hasRealRegistry: boolean = existsSync(program);
/** Of the user `me`, with the password `secret`. */
const htpasswd = 'me:$2b$04$LfZ9zZArUKmpHN0fnF/u/u4OBbkCwoZ77ZVfrddwd77GprgKXdX4i\n';

/** Docker's own registry on loopback; with a password, only for the user `me`. */
export async function realRegistry(options: { tls?: { key: string; certificate: string }; password: boolean }): Promise<RealRegistry> {
  const dir = await mkdtemp(join(tmpdir(), 'ofn-registry-'));
  const port = await freePort();
  await writeFile(join(dir, 'htpasswd'), htpasswd);
  const tls = options.tls && { certificate: join(dir, 'tls.crt'), key: join(dir, 'tls.key') };
  if (tls !== undefined && options.tls !== undefined) {
    await writeFile(tls.certificate, options.tls.certificate);
    await writeFile(tls.key, options.tls.key, { mode: 0o600 });
  }
  const config = {
    version: '0.1',
    log: { level: 'error' },
    storage: { filesystem: { rootdirectory: join(dir, 'data') } },
    http: { addr: `127.0.0.1:${port}`, ...(tls === undefined ? {} : { tls }) },
    ...(options.password ? { auth: { htpasswd: { realm: 'test', path: join(dir, 'htpasswd') } } } : {}),
  };
  await writeFile(join(dir, 'config.yml'), JSON.stringify(config));
  const child = spawn(program, ['serve', join(dir, 'config.yml')], { stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  while (child.exitCode === null && !(await answers(port))) await pause(20);
  return {
    host: `127.0.0.1:${port}`,
    close: async () => {
      child.kill('SIGKILL');
      await ended;
      await rm(dir, { recursive: true, force: true });
    },
  };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true));
    socket.on('connect', () => socket.destroy());
    socket.on('error', () => resolve(false));
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
