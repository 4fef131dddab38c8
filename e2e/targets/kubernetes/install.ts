import path from 'node:path';
import { outputOf } from '../run-command.ts';
import type { Cluster } from './cluster.ts';
import { platformNamespace } from './pods.ts';

const root = path.resolve(import.meta.dirname, '../../..');
const source = '--conditions=@openfunction/source';

interface BuiltImage {
  name: string;
  reference: string;
  archive?: string;
}

/** Builds the images and brings them to where the cluster finds them; returns their tag. */
async function bringImages(cluster: Cluster): Promise<{ repository: string; tag: string }> {
  const push = cluster.isOurs
    ? []
    : ['--push', '--repository', `${cluster.registry}/openfunction`, ...(cluster.plainHttp ? ['--plain-http'] : [])];
  const printed = await outputOf('node', [source, 'deploy/images/src/main.ts', ...push], { cwd: root, timeoutMs: 600_000 });
  const images = printed
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as BuiltImage);
  const present = cluster.isOurs ? await outputOf('ctr', ['images', 'ls', '-q']) : '';
  for (const { reference, archive } of images) {
    if (archive !== undefined && !present.includes(reference)) await outputOf(path.join(root, 'e2e/cluster/load'), [archive]);
  }
  const [, repository = '', tag = ''] = /^(.+)\/[^/]+:([^:]+)$/.exec(images[0]?.reference ?? '') ?? [];
  return { repository, tag };
}

function plainHosts({ plainHttp, registry, lockedRegistry }: Cluster): string[] {
  const locked = lockedRegistry === undefined ? [] : [`${lockedRegistry.host}:${lockedRegistry.port}`];
  return [...(plainHttp ? [registry] : []), ...locked];
}

/** Makes the namespaces, each of which admits only pods of the restricted standard. */
async function makeNamespaces(names: readonly string[]): Promise<void> {
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  const items = names.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }));
  await outputOf('kubectl', ['apply', '--server-side', '-f', '-'], { stdin: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) });
}

/** Installs the chart, or brings what is installed up to date, and waits until every part is ready. */
export async function install(
  cluster: Cluster,
  options: { namespaces: readonly string[]; domain: string; npmRegistry?: string },
): Promise<void> {
  const { repository, tag } = await bringImages(cluster);
  await makeNamespaces([platformNamespace, ...options.namespaces]);
  const values = {
    images: { repository, tag },
    functionNamespaces: options.namespaces,
    domain: options.domain,
    registry: { plainHttp: plainHosts(cluster) },
    gateway: { service: { type: 'NodePort' } },
    // As many as a scenario wants at one time.
    pool: { size: 3 },
    build: { npmRegistry: options.npmRegistry ?? '', memory: '768Mi', cpu: '500m', ephemeralStorage: '1Gi' },
  };
  const chart = path.join(root, 'deploy/helm/openfunction');
  const args = [
    'upgrade',
    '--install',
    'openfunction',
    chart,
    '--namespace',
    platformNamespace,
    '--values',
    '-',
    // The CRDs may be there already, applied by a test of theirs or by kubectl.
    '--server-side=true',
    '--force-conflicts',
    '--take-ownership',
    '--wait',
    '--timeout',
    '180s',
  ];
  await outputOf('helm', args, { stdin: JSON.stringify(values), timeoutMs: 240_000 });
}

/** Takes the functions away while there is still somebody to do it, and then the platform. */
export async function uninstall(namespaces: readonly string[]): Promise<void> {
  for (const namespace of namespaces)
    await outputOf('kubectl', ['delete', 'functions.core.openfunction.io', '--all', '-n', namespace, '--wait', '--timeout=60s']);
  await outputOf('helm', ['uninstall', 'openfunction', '--namespace', platformNamespace, '--wait', '--timeout', '60s']);
  // Made by the controller, and kept with its CRD.
  await outputOf('kubectl', ['delete', 'gateways.networking.openfunction.io', '--all', '-n', platformNamespace]);
}
