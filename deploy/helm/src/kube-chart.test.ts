import { beforeAll, describe, expect, it } from 'vitest';
import { chart, namespace, render, run, template, type Rendered } from './render.ts';

interface Rule {
  apiGroups: string[];
  resources: string[];
  resourceNames?: string[];
  verbs: string[];
}
interface Role extends Rendered {
  rules: Rule[];
}
interface Binding extends Rendered {
  roleRef: { kind: string; name: string };
  subjects: { name: string; namespace: string }[];
}
interface Deployment extends Rendered {
  spec: {
    replicas: number;
    template: { spec: Record<string, unknown> & { automountServiceAccountToken?: boolean; containers: Record<string, unknown>[] } };
  };
}

const parts = ['builder', 'controller', 'converter', 'event-bus', 'gateway', 'pod-pool'];

/** What the API server would make of the chart, and what it warns of. */
function dryRun(): { items: Rendered[]; warnings: string } {
  const args = ['apply', '--server-side', '--force-conflicts', '--dry-run=server', '-o', 'json', '-f', '-'];
  const { stdout, stderr, status } = run('kubectl', args, template('--no-hooks').stdout);
  expect(status, stderr).toBe(0);
  return { items: (JSON.parse(stdout) as { items: Rendered[] }).items, warnings: stderr };
}

function rights(objects: readonly Rendered[]): string {
  const bindings = objects.filter(({ kind }) => kind === 'RoleBinding' || kind === 'ClusterRoleBinding') as Binding[];
  const roles = objects.filter(({ kind }) => kind === 'Role' || kind === 'ClusterRole') as Role[];
  const lines = roles.flatMap(({ kind, metadata, rules }) => {
    const holders = bindings
      .filter(
        (binding) =>
          binding.roleRef.kind === kind && binding.roleRef.name === metadata.name && binding.metadata.namespace === metadata.namespace,
      )
      .flatMap(({ subjects }) => subjects.map((subject) => subject.name));
    return rules.flatMap(({ apiGroups, resources, resourceNames = [], verbs }) =>
      apiGroups.flatMap((group) =>
        resources.map((resource) => {
          const what = `${resource}${group === '' ? '' : `.${group}`}${resourceNames.length === 0 ? '' : ` (${resourceNames.join(', ')})`}`;
          return `${holders.join(', ')} in ${metadata.namespace ?? 'all namespaces'}: ${what}: ${verbs.toSorted().join(', ')}`;
        }),
      ),
    );
  });
  return `${lines.toSorted().join('\n')}\n`;
}

// On a real API server: it needs helm and kubectl, which the test cluster brings.
describe.skipIf(process.env['OFN_TEST_KUBECONFIG'] === undefined)('the chart', () => {
  let items: Rendered[];
  let warnings: string;

  beforeAll(() => {
    const labels = { 'pod-security.kubernetes.io/enforce': 'restricted', 'pod-security.kubernetes.io/warn': 'restricted' };
    const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } };
    expect(run('kubectl', ['apply', '--server-side', '-f', '-'], JSON.stringify(object)).status).toBe(0);
    ({ items, warnings } = dryRun());
  }, 60_000);

  it('passes the strict linter', () => {
    const { status, stdout } = run('helm', ['lint', '--strict', chart, '-n', namespace]);
    expect(status, stdout).toBe(0);
  });

  it('is accepted by the API server, with pods of the restricted standard', () => {
    const names = items.filter(({ kind }) => kind === 'Deployment').map(({ metadata }) => metadata.name);
    expect(names).toEqual(expect.arrayContaining(parts));
    expect(warnings).not.toContain('would violate PodSecurity');
    const test = run('kubectl', ['apply', '--dry-run=server', '-f', '-'], template('--show-only', 'templates/tests/reach.yaml').stdout);
    expect(`${test.status} ${test.stderr}`).toBe('0 ');
  });

  it('grants what is frozen in rights.txt: change that file with whoever may', async () => {
    await expect(rights(render('--set', 'functionNamespaces={default,shop}'))).toMatchFileSnapshot('../rights.txt');
  });

  it('grants no wildcard, and reads Secrets, ConfigMaps, Services and pods of enabled namespaces alone', () => {
    const roles = items.filter(({ kind }) => kind === 'Role' || kind === 'ClusterRole') as Role[];
    const rules = roles.flatMap(({ kind, metadata, rules }) => rules.map((rule) => ({ kind, namespace: metadata.namespace, ...rule })));
    for (const { apiGroups, resources, verbs } of rules) expect([...apiGroups, ...resources, ...verbs].join()).not.toContain('*');
    const privateKinds = ['secrets', 'configmaps', 'services', 'pods', 'pods/log', 'pods/exec', 'deployments', 'jobs'];
    const wide = rules.filter(({ kind }) => kind === 'ClusterRole').flatMap(({ resources }) => resources);
    expect(wide.filter((resource) => privateKinds.includes(resource))).toEqual([]);
    // In its own namespace a part reads what the rule names.
    const unnamed = rules.filter(({ resources, resourceNames }) => resources.includes('secrets') && resourceNames === undefined);
    expect(new Set(unnamed.map((rule) => rule.namespace))).toEqual(new Set(['default']));
  });

  it('runs two replicas of each part, kept apart, of which a drain takes one at a time', () => {
    const deployments = items.filter(({ kind }) => kind === 'Deployment') as Deployment[];
    const budgets = items.filter(({ kind }) => kind === 'PodDisruptionBudget').map(({ metadata }) => metadata.name);
    expect(budgets.toSorted()).toEqual(parts);
    for (const { metadata, spec } of deployments) {
      const pod = spec.template.spec;
      expect(spec.replicas, metadata.name).toBe(2);
      expect(pod, metadata.name).toMatchObject({ priorityClassName: 'openfunction-platform', enableServiceLinks: false });
      expect(pod['topologySpreadConstraints'], metadata.name).toHaveLength(2);
      for (const field of ['startupProbe', 'readinessProbe', 'livenessProbe', 'resources']) expect(pod.containers[0]).toHaveProperty(field);
    }
    const alone = render('--set', 'replicas.builder=1').filter(({ kind }) => kind === 'PodDisruptionBudget');
    expect(alone.map(({ metadata }) => metadata.name)).not.toContain('builder');
  });

  it('gives the gateway no token of the cluster', () => {
    const gateway = items.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'gateway') as Deployment;
    expect(gateway.spec.template.spec.automountServiceAccountToken).toBe(false);
  });

  it('makes certificates and keys of its own for each install', () => {
    const keys = (): string[] =>
      [...template().stdout.matchAll(/^ +(?:tls|ticket|exchange|messaging|ca)\.key: (.+)$/gm)].map(([, key = '']) => key);
    const [one, other] = [keys(), keys()];
    expect(one).toHaveLength(11);
    expect(one.filter((key) => other.includes(key))).toEqual([]);
  });

  it('has nothing to say about what the controller renews, so that no upgrade and no rollback brings back what has ended', () => {
    const certificates = items.find(({ kind, metadata }) => kind === 'Role' && metadata.name === 'controller-certificates') as Role;
    const written = certificates.rules.filter(({ verbs }) => verbs.includes('update')).flatMap(({ resourceNames = [] }) => resourceNames);
    const secrets = render().filter(({ kind, metadata }) => kind === 'Secret' && written.includes(metadata.name));
    expect(secrets.map(({ metadata }) => metadata.name).toSorted()).toEqual(written.toSorted());
    for (const secret of secrets) expect(Object.keys(secret).toSorted()).toEqual(['apiVersion', 'kind', 'metadata', 'type']);
    for (const { metadata, spec } of items.filter(({ kind }) => kind === 'Deployment') as Deployment[]) {
      const tls = (spec.template.spec['volumes'] as { name: string; projected?: { sources: { secret: { name: string } }[] } }[]).find(
        ({ name }) => name === 'tls',
      );
      // The last one stands in front.
      expect(tls?.projected?.sources.map(({ secret }) => secret.name)).toEqual([`${metadata.name}-tls`, `${metadata.name}-tls-renewed`]);
    }
  });

  it("keeps the converter's authority, and replaces it in time beside the one before", () => {
    const authority = (made: string): { data: Record<string, string>; bundle: string } => {
      const object = {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'converter-authority', namespace, annotations: { 'openfunction.io/made': made } },
        data: { 'ca.crt': present['ca.crt'], 'ca.key': present['ca.key'] },
      };
      expect(run('kubectl', ['apply', '--server-side', '--force-conflicts', '-f', '-'], JSON.stringify(object))).toMatchObject({
        status: 0,
      });
      const objects = render('--dry-run=server', '--take-ownership');
      const { data } = objects.find(({ metadata }) => metadata.name === 'converter-authority') as Rendered & {
        data: Record<string, string>;
      };
      const { conversion } = (
        objects.find(({ metadata }) => metadata.name === 'functions.core.openfunction.io') as Rendered & {
          spec: { conversion: { webhook: { clientConfig: { caBundle: string } } } };
        }
      ).spec;
      return { data, bundle: Buffer.from(conversion.webhook.clientConfig.caBundle, 'base64').toString() };
    };
    const [first] = render().filter(({ metadata }) => metadata.name === 'converter-authority') as (Rendered & {
      data: Record<string, string>;
    })[];
    const present = first!.data;
    const text = (base64 = ''): string => Buffer.from(base64, 'base64').toString().trim();
    const daysAgo = (days: number): string => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
    try {
      expect(authority(daysAgo(2400))).toEqual({ data: present, bundle: `${text(present['ca.crt'])}\n` });
      const { data, bundle } = authority(daysAgo(2450));
      expect(data).toMatchObject({ 'old.crt': present['ca.crt'] });
      expect(data['ca.key']).not.toBe(present['ca.key']);
      expect(bundle).toBe(`${text(data['ca.crt'])}\n${text(present['ca.crt'])}\n`);
    } finally {
      run('kubectl', ['delete', 'secret', 'converter-authority', '-n', namespace]);
    }
  });

  it('is the same without messages, for whoever wants none', () => {
    const without = render('--set', 'eventBus.enabled=false');
    const names = without.filter(({ kind }) => kind !== 'Secret').map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    expect(names.filter((name) => name.includes('event-bus'))).toEqual([]);
    expect(rights(without)).not.toMatch(/^event-bus/m);
    const told = (part: string): string =>
      JSON.stringify(without.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === part));
    expect(told('controller')).not.toContain('OFN_BUS_ADDRESS');
    expect(told('pod-pool')).not.toMatch(/OFN_DAPR|messaging-key/);
    expect(JSON.stringify(without.filter(({ kind }) => kind === 'NetworkPolicy'))).not.toContain('event-bus');
  });

  it('keeps the key of the tokens that functions have', () => {
    const object = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'messaging-key', namespace },
      data: { 'messaging.key': 'a2VwdA==' },
    };
    expect(run('kubectl', ['apply', '--server-side', '--force-conflicts', '-f', '-'], JSON.stringify(object))).toMatchObject({ status: 0 });
    try {
      const found = render('--dry-run=server', '--take-ownership').find(({ metadata }) => metadata.name === 'messaging-key');
      expect(found).toMatchObject({ data: { 'messaging.key': 'a2VwdA==' } });
    } finally {
      run('kubectl', ['delete', 'secret', 'messaging-key', '-n', namespace]);
    }
  });

  it('has a ServiceMonitor and a dashboard for whoever asks', () => {
    const kinds = (...args: string[]): string[] => render(...args).map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    expect(kinds().filter((each) => /ServiceMonitor|dashboard/.test(each))).toEqual([]);
    expect(kinds('--set', 'monitoring.serviceMonitor=true', '--set', 'monitoring.dashboard=true')).toEqual(
      expect.arrayContaining(['ServiceMonitor openfunction', 'ConfigMap openfunction-dashboard']),
    );
  });

  it.each([
    ['a misspelt value', ['--set', 'pool.sise=3'], 'sise'],
    ['a namespace that is kept back', ['--set', 'functionNamespaces={kube-system}'], 'functionNamespaces'],
    ['no replicas', ['--set', 'replicas.gateway=0'], 'replicas'],
  ])('refuses %s', (_what, args, named) => {
    const { status, stderr } = template(...args);
    expect(status).not.toBe(0);
    expect(stderr).toContain(named);
  });

  it('refuses another namespace, and says which one it takes', () => {
    const { status, stderr } = run('helm', ['template', 'openfunction', chart, '-n', 'elsewhere']);
    expect(status).not.toBe(0);
    expect(stderr).toContain('--namespace openfunction');
  });
});
