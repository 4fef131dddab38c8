import path from 'node:path';
import { outputOf, runCommand } from '../run-command.ts';
import { startLockedRegistry } from '../locked-registry.ts';
import type { LockedRegistry, TargetDriver } from '../target.ts';
import { clusterOf, publicAddress } from './cluster.ts';
import { install, uninstall } from './install.ts';
import { killPod, platformNamespace, podInCharge, podNames } from './pods.ts';

interface Info {
  isOurs: boolean;
  gateway: { host: string; port: number };
  imagePrefix: string;
  registry: { host: string; plainHttp: boolean };
  lockedRegistry?: LockedRegistry;
  serverHost: string;
}

const namespaces = ['default', 'e2e-blue', 'e2e-green'];
const domain = 'ofn.test';
const cli = path.resolve(import.meta.dirname, '../../../apps/cli/src/main.ts');

async function firstPod(namespace: string, selector: string): Promise<string> {
  const [name] = await podNames(namespace, selector);
  if (name === undefined) throw new Error(`There is no pod of ${selector} in ${namespace}.`);
  return name;
}

/** Of the Serving that a Function's traffic goes to. */
async function instanceOf(namespace: string, name: string): Promise<string> {
  const serving = await outputOf('kubectl', ['get', 'function', name, '-n', namespace, '-o', 'jsonpath={.status.serving.resourceRef}']);
  const uid = await outputOf('kubectl', ['get', 'serving', serving, '-n', namespace, '-o', 'jsonpath={.metadata.uid}']);
  return firstPod(namespace, `openfunction.io/owner-uid=${uid}`);
}

/** The platform as its chart installs it, on the cluster of KUBECONFIG. */
export const kubernetes: TargetDriver<Info> = {
  async start() {
    const cluster = clusterOf(process.env);
    const locked = cluster.lockedRegistry === undefined ? undefined : await startLockedRegistry(cluster.lockedRegistry);
    await install(cluster, { namespaces, domain });
    const info = {
      isOurs: cluster.isOurs,
      gateway: await publicAddress(),
      imagePrefix: `${cluster.registry}/e2e`,
      registry: { host: cluster.registry, plainHttp: cluster.plainHttp },
      serverHost: cluster.serverHost,
      ...(locked === undefined ? {} : { lockedRegistry: locked.info }),
    };
    return {
      info,
      close: async () => {
        await locked?.close();
        if (process.env['OFN_E2E_KEEP'] !== 'true') await uninstall(namespaces);
      },
    };
  },
  connect: ({ isOurs, gateway, imagePrefix, registry, lockedRegistry, serverHost }) => ({
    ofn: (args, options) => runCommand('node', ['--conditions=@openfunction/source', cli, ...args], options),
    kubectl: (args, options) => runCommand('kubectl', args, options),
    gateway,
    serverHost,
    domain,
    imagePrefix,
    registry,
    ...(lockedRegistry === undefined ? {} : { lockedRegistry }),
    namespaces,
    // Each replica of event-bus has a file system of its own.
    keepsFiles: false,
    parts: ['controller', 'builder', 'pod-pool', 'event-bus', 'gateway'],
    kill: async (part) => killPod(isOurs, platformNamespace, await podInCharge(part)),
    killInstance: async (namespace, name) => killPod(isOurs, namespace, await instanceOf(namespace, name)),
    gatewayBackWithinSeconds: 10,
    rounds: 100,
  }),
};
