import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';

interface Rendered {
  kind: string;
  metadata: { name: string; namespace?: string };
  rules?: { apiGroups: string[]; resources: string[]; verbs: string[] }[];
  spec?: { template?: { spec?: { automountServiceAccountToken?: boolean } } };
  data?: Record<string, string>;
}

const chart = path.resolve(import.meta.dirname, '../deploy/helm/openfunction');
const namespace = 'openfunction';

function run(program: string, args: string[], input?: string): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(program, args, { encoding: 'utf8', input, maxBuffer: 64 << 20 });
}
const render = (...args: string[]): ReturnType<typeof run> => run('helm', ['template', 'openfunction', chart, '-n', namespace, ...args]);

/** What the API server would make of the chart, and what it warns of. */
function dryRun(): { items: Rendered[]; warnings: string } {
  const { stdout, stderr, status } = run(
    'kubectl',
    ['apply', '--server-side', '--force-conflicts', '--dry-run=server', '-o', 'json', '-f', '-'],
    render().stdout,
  );
  expect(status, stderr).toBe(0);
  return { items: (JSON.parse(stdout) as { items: Rendered[] }).items, warnings: stderr };
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
    expect(items.filter(({ kind }) => kind === 'Deployment').map(({ metadata }) => metadata.name)).toEqual(
      expect.arrayContaining(['controller', 'converter', 'builder', 'gateway', 'pod-pool']),
    );
    expect(warnings).not.toContain('would violate PodSecurity');
  });

  it('grants no wildcard, and reads Secrets, ConfigMaps and pods of enabled namespaces alone', () => {
    const rules = items.flatMap(({ kind, rules = [], metadata }) =>
      rules.map((rule) => ({ kind, namespace: metadata.namespace, ...rule })),
    );
    for (const { apiGroups, resources, verbs } of rules) expect([...apiGroups, ...resources, ...verbs].join()).not.toContain('*');
    const privateKinds = ['secrets', 'configmaps', 'pods', 'pods/log', 'pods/exec', 'deployments', 'jobs'];
    const wide = rules.filter(({ kind }) => kind === 'ClusterRole').flatMap(({ resources }) => resources);
    expect(wide.filter((resource) => privateKinds.includes(resource))).toEqual([]);
    const read = rules.filter(({ resources }) => resources.includes('secrets')).map((rule) => rule.namespace);
    expect(new Set(read)).toEqual(new Set(['default']));
  });

  it('gives the gateway no token of the cluster', () => {
    const gateway = items.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'gateway');
    expect(gateway?.spec?.template?.spec?.automountServiceAccountToken).toBe(false);
  });

  it('makes certificates and keys of its own for each install', () => {
    const keys = (): string[] => [...render().stdout.matchAll(/^ +(?:tls|ticket|exchange)\.key: (.+)$/gm)].map(([, key = '']) => key);
    const [one, other] = [keys(), keys()];
    expect(one).toHaveLength(7);
    expect(one.filter((key) => other.includes(key))).toEqual([]);
  });

  it('refuses another namespace, and says which one it takes', () => {
    const { status, stderr } = run('helm', ['template', 'openfunction', chart, '-n', 'elsewhere']);
    expect(status).not.toBe(0);
    expect(stderr).toContain('--namespace openfunction');
  });
});
