import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startRegistry } from '@openfunction/images/testing';
import { findKubectl } from './find-kubectl.ts';
import { runCommand } from './run-command.ts';
import { startLockedRegistry } from './locked-registry.ts';
import type { CommandOptions, CommandResult, LockedRegistry, Target, TargetDriver } from './target.ts';

interface Info {
  data: string;
  kubectl: string;
  port: number;
  registry: { host: string; plainHttp: boolean };
  lockedRegistry: LockedRegistry;
}

/** What the platform writes about itself, as far as it is used here. */
interface State {
  gateway: string;
  domain: string;
  parts: Record<string, { pid?: number }>;
}

/** An instance, as the platform keeps it on disk. */
interface InstanceRecord {
  owner?: { kind: string; key: { namespace: string; name: string } };
  finished?: unknown;
  process?: { pid: number };
}

interface Serving {
  metadata: { name: string };
}

const ofn = path.resolve(import.meta.dirname, '../../apps/cli/dist/main.js');
const namespaces = ['default', 'team-a', 'team-b'];

/** The built `ofn up` in a data folder of its own. */
export const driver: TargetDriver<Info> = {
  async start() {
    const kubectl = findKubectl(process.env);
    if (kubectl === undefined) {
      throw new Error(
        'Scenarios need kubectl, and there is none. Install it, name one in OFN_E2E_KUBECTL, or build it with e2e/cluster/build.',
      );
    }
    const data = mkdtempSync(path.join(tmpdir(), 'ofn-e2e-'));
    const run = (...args: string[]): Promise<CommandResult> => runCommand(process.execPath, [ofn, ...args, '--data', data]);
    const registry = await startRegistry();
    const locked = await startLockedRegistry();
    const close = async (): Promise<void> => {
      await run('down');
      await registry.close();
      await locked.close();
      rmSync(data, { recursive: true, force: true });
    };
    try {
      expectDone(await run('up', '--port', '0', '--allow-address', '127.0.0.1', '--detach'));
      const info = {
        data,
        kubectl,
        port: Number(new URL(stateOf(data).gateway).port),
        registry: { host: registry.host, plainHttp: true },
        lockedRegistry: locked.info,
      };
      for (const namespace of namespaces.slice(1)) expectDone(await ask(info, [kubectl, 'create', 'namespace', namespace]));
      return { info, close };
    } catch (error) {
      await close();
      throw error;
    }
  },
  connect: (info) => connect(info),
};

function connect(info: Info): Target {
  const { data, kubectl, port, registry, lockedRegistry } = info;
  const { domain } = stateOf(data);
  return {
    ofn: (args, options) => ask(info, [process.execPath, ofn, ...args], options),
    kubectl: (args, options) => ask(info, [kubectl, ...args], options),
    gateway: { host: '127.0.0.1', port },
    serverHost: '127.0.0.1',
    domain,
    imagePrefix: 'registry.local/e2e',
    registry,
    lockedRegistry,
    namespaces,
    keepsFiles: true,
    // Some are started when they are first needed.
    get parts() {
      return Object.keys(stateOf(data).parts);
    },
    kill: async (part) => kill(stateOf(data).parts[part]?.pid, part),
    killInstance: async (namespace, name) => kill(await instanceOf(info, namespace, name), `an instance of ${namespace}/${name}`),
    gatewayBackWithinSeconds: 2,
    rounds: 1_000,
  };
}

function ask({ data }: Info, [program = '', ...args]: readonly string[], options?: CommandOptions): Promise<CommandResult> {
  // Neither may find another platform than this one, nor keep anything outside of its folder.
  const env = { PATH: process.env['PATH'], HOME: data, KUBECONFIG: path.join(data, 'kubeconfig') };
  return runCommand(program, args, { ...options, env });
}

function stateOf(data: string): State {
  return JSON.parse(readFileSync(path.join(data, 'run/state.json'), 'utf8')) as State;
}

async function instanceOf(info: Info, namespace: string, name: string): Promise<number | undefined> {
  const list = await ask(info, [info.kubectl, 'get', 'servings', '-n', namespace, '-l', `openfunction.io/function=${name}`, '-o', 'json']);
  const servings = new Set((JSON.parse(list.stdout) as { items: Serving[] }).items.map(({ metadata }) => metadata.name));
  return globSync(path.join(info.data, 'workloads/instances/*/state.json'))
    .map((file) => JSON.parse(readFileSync(file, 'utf8')) as InstanceRecord)
    .find(({ owner, finished }) => finished === undefined && owner?.key.namespace === namespace && servings.has(owner.key.name))?.process
    ?.pid;
}

/** Instances and parts each lead a process group, which goes as a whole. */
function kill(pid: number | undefined, what: string): void {
  if (pid === undefined) throw new Error(`There is no process to kill: ${what}.`);
  process.kill(-pid, 'SIGKILL');
}

function expectDone({ code, stdout, stderr }: CommandResult): void {
  if (code !== 0) throw new Error(`The platform did not come up:\n${stdout}${stderr}`);
}
