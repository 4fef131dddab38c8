import { spawn, type ChildProcess } from 'node:child_process';
import { access, chown, mkdtemp, readdir, readlink, rm } from 'node:fs/promises';
import { createServer, connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A real server that a test file starts once, with its data in a folder of its own. */
export interface TestServer {
  host: string;
  port: number;
  folder: string;
  /** Ends it without a word, as a power cut does; its data stays. */
  kill(): Promise<void>;
  /** Starts it again, with the same data at the same port. */
  start(): Promise<void>;
  signal(signal: NodeJS.Signals): void;
  remove(): Promise<void>;
}

export interface ServerProgram {
  /** Prepares the folder, once. */
  prepare?(folder: string, port: number): Promise<void>;
  command(folder: string, port: number): { program: string; args: string[]; env?: Record<string, string>; uid?: number; gid?: number };
  /** True once it serves; asked again and again. By default, when its port is open. */
  isReady?(folder: string, port: number): Promise<boolean>;
  readyWithinMs?: number;
}

/** Where a server listens. */
export interface ServerAddress {
  /** An address of this machine; that of loopback by default. */
  host?: string;
}

export const loopback = '127.0.0.1';

export async function startServer(name: string, program: ServerProgram, { host = loopback }: ServerAddress = {}): Promise<TestServer> {
  const folder = await mkdtemp(path.join(tmpdir(), `ofn-${name}-`));
  const port = await freePort(host);
  await program.prepare?.(folder, port);
  let child: ChildProcess | undefined;
  let printed = '';

  async function start(): Promise<void> {
    const { program: file, args, env, ...user } = program.command(folder, port);
    // A group of its own: what the server starts ends with it.
    const started = spawn(file, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      env: { ...process.env, ...env },
      cwd: folder,
      ...user,
    });
    child = started;
    printed = '';
    for (const output of [started.stdout, started.stderr])
      output.on('data', (chunk: Buffer) => (printed = (printed + chunk.toString()).slice(-4_000)));
    const ended = new Promise<never>((_resolve, reject) => {
      started.once('error', reject);
      started.once('exit', (code, signal) => reject(new Error(`${name} ended (${code ?? signal}) before it was ready: ${printed}`)));
    });
    ended.catch(() => undefined);
    const deadline = Date.now() + (program.readyWithinMs ?? 20_000);
    const isReady = program.isReady ?? ((_folder: string, at: number) => isOpen(at, host));
    while (!(await Promise.race([isReady(folder, port), ended]))) {
      if (Date.now() > deadline) throw new Error(`${name} was not ready in time: ${printed}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async function kill(): Promise<void> {
    const victim = child;
    child = undefined;
    if (victim?.pid === undefined || victim.exitCode !== null || victim.signalCode !== null) return;
    const exited = new Promise((resolve) => victim.once('exit', resolve));
    process.kill(-victim.pid, 'SIGKILL');
    await exited;
    await killRest(folder);
  }

  process.once('exit', () => {
    if (child?.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
  });
  await start();
  return {
    host,
    port,
    folder,
    kill,
    start,
    signal: (signal) => {
      if (child?.pid !== undefined) process.kill(-child.pid, signal);
    },
    remove: async () => {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const goneWithinMs = 5_000;

/** Ends what a server left behind that has a group of its own, as backends of PostgreSQL do: they would answer on, and keep another from starting. */
async function killRest(folder: string): Promise<void> {
  for (const deadline = Date.now() + goneWithinMs; Date.now() < deadline;) {
    const left = await processesIn(folder);
    if (left.length === 0) return;
    for (const pid of left) tryToKill(pid);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Processes that work in a folder; none where there is no `/proc`. */
async function processesIn(folder: string): Promise<number[]> {
  const pids = (await readdir('/proc').catch(() => [])).map(Number).filter((pid) => pid > 0);
  const places = await Promise.all(pids.map((pid) => readlink(`/proc/${pid}/cwd`).catch(() => '')));
  return pids.filter((_pid, index) => places[index] === folder || places[index]?.startsWith(`${folder}/`));
}

function tryToKill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}

/** Whether every file is there; if not, why the suite is skipped is printed, and in CI that is an error. */
export async function canRun(name: string, files: readonly string[]): Promise<boolean> {
  const found = await Promise.all(
    files.map((file) =>
      access(file).then(
        () => true,
        () => false,
      ),
    ),
  );
  const missing = files.filter((_file, index) => found[index] !== true);
  if (missing.length === 0) return true;
  const text = `${name} is not tested: ${missing.join(', ')} is missing. \`pnpm test brokers\` brings it.`;
  if (process.env['CI'] === 'true') throw new Error(text);
  console.warn(`skipped: ${text}`);
  return false;
}

/** Gives a folder to the user that a server insists on. */
export async function giveTo(folder: string, user: { uid: number; gid: number }): Promise<void> {
  await chown(folder, user.uid, user.gid);
}

export async function freePort(host: string = loopback): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function isOpen(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
