import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { memoryStore, type Store } from '@openfunction/store';
import type { Instance, Workloads } from '@openfunction/workload';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ApiKind } from './api-kind.ts';
import { createApiServer, type ApiServer } from './api-server.ts';
import { kubectlClient, type KubectlClient } from './testing/kubectl-client.ts';
import { selfSigned } from './testing/self-signed.ts';

const kubectlPath = process.env['OFN_TEST_KUBECTL'] || '/usr/bin/kubectl';

const functionKind: ApiKind = {
  group: 'core.openfunction.io',
  version: 'v1beta2',
  kind: 'Function',
  plural: 'functions',
  namespaced: true,
  hasStatus: true,
  shortNames: ['fn'],
  columns: [{ name: 'Image', type: 'string', jsonPath: '.spec.image' }],
  scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' },
  schema: {
    type: 'object',
    properties: {
      spec: { type: 'object', properties: { image: { type: 'string' }, replicas: { type: 'integer' } } },
      status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    },
  },
};

const instance: Instance = {
  id: 'hello-1',
  workload: { namespace: 'default', name: 'hello' },
  namespace: 'default',
  phase: 'Ready',
  createdAt: Date.parse('2026-01-01T00:00:00Z'),
};

const workloads: Workloads = {
  runs: new Set(['runner']),
  honours: new Set(),
  apply: async () => {},
  remove: async () => {},
  list: async () => [instance],
  watch: async function* () {},
  adopt: async () => {},
  destroy: async () => {},
  logs: async function* (_id, { tailLines }) {
    const lines = ['one', 'two'].slice(-(tailLines ?? 2));
    for (const text of lines) yield { at: 0, stream: 'stdout' as const, text };
  },
};

function manifest(name: string, image: string, extra = ''): string {
  return `apiVersion: core.openfunction.io/v1beta2\nkind: Function\nmetadata:\n  name: ${name}\nspec:\n  image: ${image}\n${extra}`;
}

describe.skipIf(!existsSync(kubectlPath))('kubectl, which is not installed everywhere', () => {
  let server: ApiServer;
  let store: Store;
  let client: KubectlClient;

  beforeAll(async () => {
    store = memoryStore();
    const tls = await selfSigned();
    server = await createApiServer({ store, workloads, kinds: [functionKind], tls, token: 'secret', version: '0.1.0' });
    client = kubectlClient(kubectlPath, { url: server.url, cert: tls.cert, token: 'secret' });
  });
  afterAll(async () => {
    client?.close();
    await server?.close();
  });
  const kubectl: KubectlClient['run'] = (...given) => client.run(...given);

  test('applies, changes and prints an object', async () => {
    expect(await kubectl(['apply', '-f', '-'], manifest('hello', 'one'))).toMatchObject({
      code: 0,
      output: 'function.core.openfunction.io/hello created\n',
    });
    expect((await kubectl(['apply', '-f', '-'], manifest('hello', 'two'))).output).toContain('configured');
    expect((await kubectl(['apply', '-f', '-'], manifest('hello', 'two'))).output).toContain('unchanged');
    const table = (await kubectl(['get', 'fn'])).output;
    expect(table).toMatch(/NAME\s+IMAGE\s+AGE/);
    expect(table).toMatch(/hello\s+two/);
    expect((await kubectl(['get', 'fn', 'hello', '-o', 'yaml'])).output).toContain('image: two');
    expect((await kubectl(['get', 'fn', 'hello', '-o', 'jsonpath={.spec.image}'])).output).toBe('two');
    expect((await kubectl(['get', 'fn', '-o', 'name'])).output).toBe('function.core.openfunction.io/hello\n');
    expect((await kubectl(['get', 'fn', '-o', 'wide', '-A'])).output).toMatch(/default\s+hello/);
  });

  test('applies on the server and patches', async () => {
    expect(await kubectl(['apply', '--server-side', '-f', '-'], manifest('sided', 'one'))).toMatchObject({ code: 0 });
    expect(await kubectl(['patch', 'fn', 'sided', '--type=merge', '-p', '{"spec":{"image":"three"}}'])).toMatchObject({ code: 0 });
    expect(await kubectl(['label', 'fn', 'sided', 'tier=web'])).toMatchObject({ code: 0 });
    expect((await kubectl(['get', 'fn', '-l', 'tier in (web,api)', '-o', 'name'])).output).toBe('function.core.openfunction.io/sided\n');
  });

  test('says which field is unknown', async () => {
    const refused = await kubectl(['apply', '-f', '-'], manifest('typo', 'one', '  imagee: two\n'));
    expect(refused.code).not.toBe(0);
    expect(refused.output).toContain('unknown field "spec.imagee"');
  });

  test('writes nothing in a dry run', async () => {
    expect((await kubectl(['apply', '--dry-run=server', '-f', '-'], manifest('dry', 'one'))).output).toContain('created (server dry run)');
    expect((await kubectl(['get', 'fn', 'dry'])).output).toContain('NotFound');
  });

  test('describes an object with its events', async () => {
    await kubectl(['apply', '-f', '-'], manifest('told', 'one'));
    const uid = (await kubectl(['get', 'fn', 'told', '-o', 'jsonpath={.metadata.uid}'])).output;
    const event = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: 'told.1' },
      involvedObject: { apiVersion: 'core.openfunction.io/v1beta2', kind: 'Function', namespace: 'default', name: 'told', uid },
      type: 'Warning',
      reason: 'BuildFailed',
      message: 'The build failed.',
      lastTimestamp: '2026-01-01T00:00:00Z',
    };
    expect(await kubectl(['create', '-f', '-'], JSON.stringify(event))).toMatchObject({ code: 0 });
    expect((await kubectl(['describe', 'fn', 'told'])).output).toContain('BuildFailed');
  });

  test('waits for a condition and for a deletion', async () => {
    await kubectl(['apply', '-f', '-'], manifest('ready', 'one'));
    const waiting = kubectl(['wait', 'fn/ready', '--for=condition=Ready', '--timeout=10s']);
    const stored = await store.get(functionKind, { namespace: 'default', name: 'ready' });
    if (stored === undefined) throw new Error('the function was not stored');
    await store.updateStatus(functionKind, { ...stored, status: { conditions: [{ type: 'Ready', status: 'True' }] } });
    expect(await waiting).toMatchObject({ code: 0 });
    expect(await kubectl(['delete', 'fn', 'ready'])).toMatchObject({ code: 0 });
    expect(await kubectl(['wait', 'fn/ready', '--for=delete', '--timeout=10s'])).toMatchObject({ code: 0 });
  });

  test('takes configuration and changes it', async () => {
    const configMap = (value: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  key: ${value}\n`;
    expect(await kubectl(['apply', '-f', '-'], configMap('a'))).toMatchObject({ code: 0 });
    expect((await kubectl(['apply', '-f', '-'], configMap('b'))).output).toContain('configured');
    const service = (ports: string): string =>
      `apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  type: ClusterIP\n  ports:\n${ports}`;
    const both = '  - {port: 80, name: http}\n  - {port: 443, name: https}\n';
    expect(await kubectl(['apply', '-f', '-'], service(both))).toMatchObject({ code: 0 });
    expect(await kubectl(['apply', '-f', '-'], service('  - {port: 443, name: tls}\n'))).toMatchObject({ code: 0 });
    expect((await kubectl(['get', 'svc', 'web', '-o', 'jsonpath={.spec.ports}'])).output).toBe('[{"name":"tls","port":443}]');
    const secret = (value: string): string => `apiVersion: v1\nkind: Secret\nmetadata:\n  name: token\nstringData:\n  key: ${value}\n`;
    expect(await kubectl(['apply', '-f', '-'], secret('one'))).toMatchObject({ code: 0 });
    expect(await kubectl(['apply', '-f', '-'], secret('two'))).toMatchObject({ code: 0 });
    expect((await kubectl(['get', 'secret', 'token', '-o', 'jsonpath={.data.key}'])).output).toBe('dHdv');
  });

  test('creates namespaces, secrets and configuration, which some versions send as protobuf', async () => {
    expect(await kubectl(['create', 'namespace', 'team'])).toMatchObject({ code: 0 });
    expect(await kubectl(['create', 'secret', 'generic', 'key', '-n', 'team', '--from-literal=a=b'])).toMatchObject({ code: 0 });
    expect((await kubectl(['get', 'secret', 'key', '-n', 'team', '-o', 'jsonpath={.type} {.data.a}'])).output).toBe('Opaque Yg==');
    expect(await kubectl(['create', 'configmap', 'settings', '-n', 'team', '--from-literal=a=b'])).toMatchObject({ code: 0 });
    expect((await kubectl(['get', 'cm', 'settings', '-n', 'team', '-o', 'jsonpath={.data.a}'])).output).toBe('b');
    expect((await kubectl(['auth', 'can-i', 'create', 'fn'])).output).toContain('yes');
  });

  test('shows instances as pods, with their logs', async () => {
    expect((await kubectl(['get', 'pods'])).output).toMatch(/hello-1\s+Running\s+hello/);
    expect((await kubectl(['logs', 'hello-1'])).output).toBe('one\ntwo\n');
    expect((await kubectl(['logs', '-l', 'openfunction.io/workload=hello', '--tail=1'])).output).toBe('two\n');
  });

  test('scales an object by the path that its kind names', async () => {
    await kubectl(['apply', '-f', '-'], manifest('scaled', 'one'));
    expect(await kubectl(['scale', 'fn', 'scaled', '--replicas=3'])).toMatchObject({ code: 0 });
    expect((await kubectl(['get', 'fn', 'scaled', '-o', 'jsonpath={.spec.replicas}'])).output).toBe('3');
    expect((await kubectl(['get', 'fn', 'scaled', '--subresource=scale'])).output).toContain('scaled');
  });

  test('watches what changes', async () => {
    await kubectl(['apply', '-f', '-'], manifest('seen', 'one'));
    const env = { PATH: process.env['PATH'], HOME: client.directory, KUBECONFIG: join(client.directory, 'config') };
    const child = execFile(kubectlPath, ['get', 'fn', 'seen', '-w', '-o', 'jsonpath={.spec.image}{"\\n"}'], { env, timeout: 15_000 });
    let told = '';
    child.stdout?.on('data', (text: string) => (told += text));
    try {
      await expect.poll(() => told, { timeout: 10_000 }).toBe('one\n');
      await kubectl(['apply', '-f', '-'], manifest('seen', 'two'));
      await expect.poll(() => told, { timeout: 10_000 }).toBe('one\ntwo\n');
    } finally {
      child.kill();
    }
  });

  test('prunes an unknown field, and warns of it where it is not to be refused', async () => {
    const warned = await kubectl(['apply', '--validate=warn', '-f', '-'], manifest('pruned', 'one', '  runtime: knative\n'));
    expect(warned.output).toContain('unknown field "spec.runtime"');
    expect((await kubectl(['get', 'fn', 'pruned', '-o', 'jsonpath={.spec}'])).output).toBe('{"image":"one"}');
  });

  test('explains a kind', async () => {
    expect((await kubectl(['explain', 'fn.spec'])).output).toContain('image');
  });
});
