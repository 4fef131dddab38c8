import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deploy, kubectl as kubectlOf } from '../e2e/support/functions.ts';
import { failures, traffic } from '../e2e/support/traffic.ts';
import { until } from '../e2e/support/until.ts';
import { clusterOf, publicAddress } from '../e2e/targets/kubernetes/cluster.ts';
import { kubernetes } from '../e2e/targets/kubernetes/index.ts';
import { install } from '../e2e/targets/kubernetes/install.ts';
import { platformNamespace } from '../e2e/targets/kubernetes/pods.ts';
import { outputOf, runCommand } from '../e2e/targets/run-command.ts';
import type { Target } from '../e2e/targets/target.ts';

const namespace = 'lifecycle';
const chart = path.resolve(import.meta.dirname, '../deploy/helm/openfunction');
const definitions = ['builders.core', 'functions.core', 'gateways.networking', 'servings.core'].map((name) => `${name}.openfunction.io`);

const helm = (...args: string[]): Promise<string> =>
  outputOf('helm', [...args, '-n', platformNamespace, '--timeout', '180s'], { timeoutMs: 240_000 });
const upgrade = (...args: string[]): Promise<string> =>
  helm('upgrade', 'openfunction', chart, '--reuse-values', '--wait', ...args.flatMap((value) => ['--set', value]));
const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');

/** All that is in the cluster, as `kind namespace/name`; Events apart, which tell what was and end by themselves. */
async function objects(): Promise<string[]> {
  const kinds = lines(await outputOf('kubectl', ['api-resources', '--verbs=list', '-o', 'name'])).filter(
    (name) => !/^events(\.|$)/.test(name),
  );
  const format = 'jsonpath={range .items[*]}{.kind} {.metadata.namespace}/{.metadata.name}{"\\n"}{end}';
  return lines(await outputOf('kubectl', ['get', kinds.join(','), '-A', '-o', format]));
}

/** What came since, when nothing more of it goes. */
async function left(before: readonly string[], expected: readonly string[]): Promise<string[]> {
  let found: string[] = [];
  const look = async (): Promise<boolean> => {
    found = (await objects()).filter((each) => !before.includes(each)).toSorted();
    return found.join() === expected.join();
  };
  // What belongs to something goes after it, and pods have half a minute to end.
  await until('what is left is what is expected', 120_000, look).catch(() => undefined);
  return found;
}

/** Names of the platform's pods, those apart that are asked to end. */
async function platformPods(): Promise<string[]> {
  const args = ['get', 'pods', '-n', platformNamespace, '-l', 'app.kubernetes.io/name=openfunction', '-o', 'json'];
  const { items } = JSON.parse(await outputOf('kubectl', args)) as { items: { metadata: { name: string; deletionTimestamp?: string } }[] };
  return items.filter(({ metadata }) => metadata.deletionTimestamp === undefined).map(({ metadata }) => metadata.name);
}

async function untilGone(pods: readonly string[]): Promise<void> {
  const args = ['wait', '-n', platformNamespace, '--for=delete', '--timeout=90s', ...pods.map((pod) => `pod/${pod}`)];
  await outputOf('kubectl', args);
}

async function makeNamespaces(): Promise<void> {
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  const items = [platformNamespace, namespace].map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }));
  await outputOf('kubectl', ['apply', '--server-side', '-f', '-'], { stdin: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) });
  for (const each of [platformNamespace, namespace])
    await until('the namespace has what every one has', 30_000, async () => {
      const { code } = await runCommand('kubectl', ['get', 'serviceaccount/default', 'configmap/kube-root-ca.crt', '-n', each]);
      return code === 0;
    });
}

// On a cluster of the tests' own: it takes the CRDs away.
const isOurs = process.env['OFN_CLUSTER_REGISTRY'] !== undefined;

describe.skipIf(!isOurs)('an install of the chart', () => {
  const installChart = (): Promise<void> => install(clusterOf(process.env), { namespaces: [namespace], domain: 'ofn.test' });
  let before: string[];
  let target: Target;

  beforeAll(async () => {
    await outputOf('kubectl', ['delete', 'crd', ...definitions, '--ignore-not-found', '--timeout=60s']);
    await makeNamespaces();
    before = await objects();
    await installChart();
    const cluster = clusterOf(process.env);
    target = kubernetes.connect({
      isOurs: true,
      gateway: await publicAddress(),
      imagePrefix: `${cluster.registry}/lifecycle`,
      registry: { host: cluster.registry, plainHttp: cluster.plainHttp },
      serverHost: cluster.serverHost,
    });
    await deploy(target, { name: 'steady', namespace, scaleOptions: { minReplicas: 1 } });
  }, 400_000);

  afterAll(async () => {
    if (process.env['OFN_E2E_KEEP'] === 'true') return;
    await runCommand('helm', ['uninstall', 'openfunction', '-n', platformNamespace, '--ignore-not-found', '--wait', '--timeout', '60s']);
    await outputOf('kubectl', ['delete', 'crd', ...definitions, '--ignore-not-found', '--timeout=60s']);
    await outputOf('kubectl', ['delete', 'namespace', namespace, '--wait=false']);
  }, 180_000);

  it('is tested by helm, which says what does not answer', { timeout: 240_000 }, async () => {
    expect(await helm('test', 'openfunction', '--logs')).toMatch(/ok: gateway-public[^]*ok: converter/);
    await outputOf('kubectl', ['-n', platformNamespace, 'scale', 'deployment/converter', '--replicas=0']);
    const { code, stdout, stderr } = await runCommand('helm', [
      'test',
      'openfunction',
      '-n',
      platformNamespace,
      '--logs',
      '--timeout',
      '90s',
    ]);
    expect(code).not.toBe(0);
    expect(`${stdout}${stderr}`).toMatch(/^converter: /m);
    await outputOf('kubectl', ['-n', platformNamespace, 'scale', 'deployment/converter', '--replicas=2']);
    await outputOf('kubectl', ['-n', platformNamespace, 'rollout', 'status', 'deployment/converter', '--timeout=60s']);
  });

  it('is upgraded and rolled back under 100 requests a second without one failed', { timeout: 500_000 }, async () => {
    const load = traffic(target, 'steady', { namespace, perSecond: 100 });
    await load.more(200);
    const parts = ['controller', 'builder', 'gateway', 'podPool', 'eventBus', 'converter'];
    const [first, sent] = [await platformPods(), load.answers.length];
    // What a pod reserves is in its template: every pod is replaced.
    await upgrade(...parts.map((part) => `resources.${part}.requests.cpu=11m`));
    const second = await platformPods();
    expect(second.filter((pod) => first.includes(pod))).toEqual([]);
    await helm('rollback', 'openfunction', '--wait');
    expect((await platformPods()).filter((pod) => second.includes(pod))).toEqual([]);
    // What they had under way is part of the claim.
    await untilGone([...first, ...second]);
    await load.more(200);
    const answers = await load.stop();
    expect(failures(answers)).toEqual([]);
    expect(answers.length - sent).toBeGreaterThan(1_000);
  });

  it('leaves its definitions and its Gateway when it is uninstalled, and nothing that runs', { timeout: 300_000 }, async () => {
    await kubectlOf(target, 'delete', 'functions.core.openfunction.io', '--all', '-n', namespace, '--wait', '--timeout=60s');
    await helm('uninstall', 'openfunction', '--wait');
    const expected = [
      // The API server makes them of the definitions.
      ...['v1alpha1.networking', 'v1beta1.core', 'v1beta2.core'].map((name) => `APIService /${name}.openfunction.io`),
      ...definitions.map((name) => `CustomResourceDefinition /${name}`),
      `Gateway ${platformNamespace}/openfunction`,
    ];
    expect(await left(before, expected)).toEqual(expected);
  });

  it(
    'leaves nothing when it was told to keep no definitions, functions that run included, and names what holds it up',
    {
      timeout: 400_000,
    },
    async () => {
      await installChart();
      target = { ...target, gateway: await publicAddress() };
      await deploy(target, { name: 'steady', namespace, scaleOptions: { minReplicas: 1 } });
      await upgrade('crds.keep=false', 'crds.removalSeconds=5');
      const running = (await objects()).filter((each) => !before.includes(each));
      expect(running).toEqual(expect.arrayContaining([expect.stringMatching(/^Pod lifecycle\//), `Function ${namespace}/steady`]));
      const hold = (finalizers: string[]): Promise<string> => {
        const change = JSON.stringify({ metadata: { finalizers } });
        return outputOf('kubectl', ['patch', 'functions.core.openfunction.io/steady', '-n', namespace, '--type=merge', '-p', change]);
      };
      await hold(['tests.openfunction.io/hold']);
      const { code, stdout, stderr } = await runCommand('helm', ['uninstall', 'openfunction', '-n', platformNamespace, '--timeout', '90s']);
      expect(code).not.toBe(0);
      expect(`${stdout}${stderr}`).toContain(`Functions of ${namespace} are not gone after 5 seconds: steady. See what holds them`);
      expect(await objects()).toEqual(
        expect.arrayContaining([`Function ${namespace}/steady`, `Deployment ${platformNamespace}/controller`]),
      );
      await hold([]);
      await helm('uninstall', 'openfunction', '--wait');
      // As text, so that a report of one line names it.
      expect((await left(before, [])).join(', ')).toBe('');
    },
  );
});
