import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { freePort } from '../processes.ts';

/** A process that answers Dapr's HTTP API. */
export interface Target {
  name: string;
  /** Starts it; ready when it says so itself. */
  start(): Promise<Started>;
}

export interface Started {
  child: ChildProcess;
  origin: string;
  /** From its start to its first answer that it is ready. */
  startMs: number;
}

const main = new URL('../../apps/dapr-runtime/dist/main.js', import.meta.url).pathname;

/** Ours, as it is shipped: built. */
export function ourRuntime(resources: string): Target {
  if (!existsSync(main)) throw new Error('This benchmark needs the program as it is built. Build it with "pnpm build", then run it again.');
  return { name: 'ours', start: async () => ready(process.execPath, [main, ...(await flags(resources))], '/v1.0/healthz') };
}

/** The floor in the same language, without a runtime. */
export function bareServer(): Target {
  const floor = new URL('floor.ts', import.meta.url).pathname;
  return {
    name: 'bare node:http',
    start: async () => {
      const port = await freePort();
      return ready(process.execPath, [floor, String(port)], '/', port);
    },
  };
}

/** The peer, where the machine has it: `DAPRD`, or daprd on the PATH. */
export function daprd(resources: string): Target | undefined {
  const program = process.env['DAPRD'] ?? 'daprd';
  if (spawnSync(program, ['--version']).error !== undefined) return undefined;
  return {
    name: 'daprd',
    start: async () => {
      const more = ['--dapr-internal-grpc-port', String(await freePort()), '--enable-mtls=false', '--log-level', 'error'];
      return ready(program, [...(await flags(resources)), ...more], '/v1.0/healthz');
    },
  };
}

async function flags(resources: string): Promise<string[]> {
  const [http, grpc, metrics] = [await freePort(), await freePort(), await freePort()];
  const ports = ['--dapr-http-port', String(http), '--dapr-grpc-port', String(grpc), '--metrics-port', String(metrics)];
  return ['--app-id', 'bench', ...ports, '--resources-path', resources];
}

async function ready(
  program: string,
  args: string[],
  path: string,
  port = Number(args[args.indexOf('--dapr-http-port') + 1]),
): Promise<Started> {
  const origin = `http://127.0.0.1:${port}`;
  const begun = performance.now();
  const child = spawn(program, args, { stdio: 'ignore' });
  for (;;) {
    if (child.exitCode !== null) throw new Error(`${program} ended with ${child.exitCode} before it was ready.`);
    const status = await fetch(origin + path).then(
      (response) => response.status,
      () => 0,
    );
    if (status === 204) return { child, origin, startMs: performance.now() - begun };
    await new Promise((done) => setTimeout(done, 1));
  }
}
