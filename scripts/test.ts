// Runs every check and every test, prints the time of each, and ends with the line `N passed, N failed, N skipped`.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { findKubectl } from '../e2e/targets/find-kubectl.ts';
import { failuresOf, readReport } from './test-report.ts';

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

interface Suite {
  name: string;
  command: string[];
  /** Counts its tests; a suite without one counts as a single test by its exit code. */
  counts?: () => Counts;
}

const root = path.resolve(import.meta.dirname, '..');
const reports = mkdtempSync(path.join(tmpdir(), 'ofn-test-'));
const failures: string[] = [];
const node = ['node', '--conditions=@openfunction/source'];

const clusterTests = [
  'packages/kube/src/kube-*.test.ts',
  'packages/api-server/src/testing/recorded/kube-*.test.ts',
  'deploy/helm/src/kube-*.test.ts',
  'scripts/upgrade.test.ts',
  'scripts/lifecycle.test.ts',
];
// CI has to run everything: there, a suite that cannot run is a failure.
const inCi = process.env['CI'] === 'true';
const hasCluster = process.platform === 'linux' && process.getuid?.() === 0;

/** Beside Node: the sandbox of functions, what runs images, what serves sources and images to tests, what checks metrics, and what components are tested against. */
const packages = [
  'bwrap:bubblewrap',
  'runc:runc',
  'slirp4netns:slirp4netns',
  'git:git',
  'docker-registry:docker-registry',
  'promtool:prometheus',
  'redis-server:redis-server',
];

/** Servers that components are tested against. */
const brokerPackages = [
  'java:openjdk-17-jre-headless',
  'mvn:maven',
  '/usr/sbin/mosquitto:mosquitto',
  '/usr/sbin/nats-server:nats-server',
  '/usr/lib/rabbitmq/bin/rabbitmq-server:rabbitmq-server',
  '/usr/lib/postgresql/15/bin/postgres:postgresql-15',
  'prometheus-pushgateway:prometheus-pushgateway',
];

const suites: Suite[] = [
  ...(hasCluster
    ? [
        { name: 'system packages', command: ['scripts/bring-packages.sh', ...packages, ...brokerPackages] },
        { name: 'brokers', command: ['scripts/bring-kafka.sh'] },
        // Minutes where nothing is cached; kubectl, which tests of the API use, is among them.
        { name: 'cluster programs', command: ['e2e/cluster/build'] },
        { name: 'kubectl versions', command: ['scripts/bring-kubectls.sh'] },
        { name: 'python framework', command: ['scripts/bring-python-framework.sh'] },
        { name: 'other programs', command: [...node, 'deploy/images/src/bring-programs.ts'] },
        // Apart from the cluster's programs: a test of the way in is skipped without it, and nothing else.
        { name: 'traefik', command: ['e2e/cluster/build', 'traefik'] },
      ]
    : []),
  { name: 'build', command: ['tsc', '-b'] },
  { name: 'types of scripts', command: ['tsc', '-p', 'scripts'] },
  { name: 'types of benches', command: ['tsc', '-p', 'bench'] },
  { name: 'types of scenarios', command: ['tsc', '-p', 'e2e'] },
  { name: 'boundaries', command: ['turbo', 'boundaries'] },
  { name: 'import cycles', command: [...node, 'scripts/check-cycles.ts'] },
  { name: 'lint', command: ['oxlint', '--type-aware', '--deny-warnings'] },
  { name: 'format', command: ['oxfmt', '--check', '.'] },
  { name: 'unused code', command: ['knip', '--no-config-hints'] },
  { name: 'generated files', command: [...node, 'scripts/generate.ts', '--check'] },
  { name: 'protocols', command: ['buf', 'lint', 'proto'] },
  { name: 'protocols unbroken', command: ['buf', 'breaking', 'proto', '--against', 'proto/baseline.json'] },
  { name: 'packaging', command: [...node, 'scripts/check-packages.ts'] },
  { name: 'packed install', command: [...node, 'scripts/check-install.ts'] },
  { name: 'unit', command: [...vitest('unit'), ...clusterTests.flatMap((tests) => ['--exclude', tests])], counts: vitestCounts('unit') },
  hasCluster
    ? {
        name: 'kubernetes',
        command: ['scripts/with-cluster.sh', ...vitest('kubernetes'), 'packages/kube/src/kube-', 'recorded/kube-', 'deploy/helm/src/kube-'],
        counts: vitestCounts('kubernetes'),
      }
    : skipped('kubernetes', 'a cluster of its own needs Linux and root'),
];

if (hasCluster) {
  suites.push({
    // Apart from the others, and one after the other: they take the CRDs away for a while.
    name: 'kubernetes upgrade',
    command: [
      'scripts/with-cluster.sh',
      ...vitest('upgrade'),
      '--no-file-parallelism',
      'scripts/upgrade.test.ts',
      'scripts/lifecycle.test.ts',
    ],
    counts: vitestCounts('upgrade'),
  });
}
suites.push({ name: 'demo', command: [...node, 'scripts/demo.ts', '--once'] });
const lacksKubectl = !hasCluster && findKubectl(process.env) === undefined;
suites.push(
  lacksKubectl
    ? skipped('e2e embedded', 'scenarios need kubectl')
    : {
        name: 'e2e embedded',
        command: [...node, 'e2e/run.ts', 'embedded', ...vitest('e2e-embedded').slice(2)],
        counts: vitestCounts('e2e-embedded'),
      },
);
if (hasCluster) {
  suites.push({
    name: 'e2e kubernetes',
    command: [...node, 'e2e/run.ts', 'kubernetes', ...vitest('e2e-kubernetes').slice(2)],
    counts: vitestCounts('e2e-kubernetes'),
  });
}

const wanted = process.argv.slice(2);
const total: Counts = { passed: 0, failed: 0, skipped: 0 };
const table: string[] = [];
for (const suite of suites.filter((s) => wanted.length === 0 || wanted.includes(s.name))) {
  const started = performance.now();
  const code = await run(suite.command);
  const counts = suite.counts?.() ?? { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
  // A runner that dies before its report is a failure, whatever it counted.
  if (code !== 0 && counts.failed === 0) counts.failed = 1;
  if (code !== 0) failures.push(`${suite.name} ended with ${code}; what it printed is above.`);
  total.passed += counts.passed;
  total.failed += counts.failed;
  total.skipped += counts.skipped;
  table.push(
    `${suite.name.padEnd(20)} ${((performance.now() - started) / 1000).toFixed(1).padStart(7)} s   ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`,
  );
}
rmSync(reports, { recursive: true, force: true });
if (failures.length > 0) console.log(`\nFailed:\n\n${failures.join('\n\n')}`);
console.log(`\n${table.join('\n')}\n`);
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 ? 1 : 0;

function run([command, ...args]: string[]): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(command ?? '', args, {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, ...testPrograms() },
    });
    child.on('error', (error) => {
      console.error(`${command}: ${error.message}`);
      resolve(1);
    });
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

/** Programs that tests take where they are there; what they skip without them says so by its name. */
function testPrograms(): Record<string, string> {
  const kubectl = findKubectl(process.env);
  const cache = path.join(process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache'), 'openfunction');
  return {
    ...(kubectl === undefined ? {} : { OFN_TEST_KUBECTL: kubectl, OFN_TEST_HELM: path.join(path.dirname(kubectl), 'helm') }),
    OFN_TEST_KUBECTLS: path.join(cache, 'kubectl'),
    OFN_TEST_PYTHON: path.join(cache, 'python-framework/bin/python'),
  };
}

function skipped(name: string, why: string): Suite {
  return {
    name,
    command: ['echo', `skipped: ${why}`],
    counts: () => (inCi ? { passed: 0, failed: 1, skipped: 0 } : { passed: 0, failed: 0, skipped: 1 }),
  };
}

function vitest(report: string): string[] {
  return ['vitest', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${path.join(reports, `${report}.json`)}`];
}

function vitestCounts(report: string): () => Counts {
  return () => {
    const found = readReport(path.join(reports, `${report}.json`));
    if (found === undefined) return { passed: 0, failed: 1, skipped: 0 };
    failures.push(...failuresOf(found, root));
    return { passed: found.numPassedTests, failed: found.numFailedTests, skipped: found.numPendingTests + found.numTodoTests };
  };
}
